"""How Alembic reaches the database: the service's own settings, one process at a time."""

import asyncio

from alembic import context
from sqlalchemy import Connection

import app.api  # noqa: F401 # the routes import every model
from app.database import MIGRATION_OPTIONS, migration_engine, migration_lock
from app.orm import Base
from app.settings import settings_or_exit


def run(connection: Connection) -> None:
    """Run what the command asks for, while no other process can."""
    with migration_lock(connection):
        context.configure(connection=connection, target_metadata=Base.metadata, **MIGRATION_OPTIONS)
        with context.begin_transaction():
            context.run_migrations()


async def connect_and_run() -> None:
    """Connect without the time-outs of the service: a migration may take long."""
    engine = migration_engine(settings_or_exit().database_url.get_secret_value())
    try:
        async with engine.connect() as connection:
            await connection.run_sync(run)
    finally:
        await engine.dispose()


asyncio.run(connect_and_run())
