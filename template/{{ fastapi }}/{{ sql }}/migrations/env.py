"""How Alembic reaches the database: the service's own settings, one process at a time."""

import asyncio

from alembic import context
from alembic.runtime.environment import NameFilterParentNames, NameFilterType
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

import app.api  # noqa: F401 # the routes import every model
from app.database import MIGRATION_OPTIONS, migration_engine, migration_lock
from app.orm import Base
from app.schema_history import SchemaHistory
from app.settings import DatabaseSettings, command_settings_or_exit

history = SchemaHistory(ScriptDirectory.from_config(context.config))


def is_ours(name: str | None, kind: NameFilterType, parents: NameFilterParentNames) -> bool:
    """Tell whether something in the database is to be compared with the models.

    What neither the models nor the migrations know is somebody else's, and left alone.
    """
    table = name if kind == "table" else parents.get("table_name")
    if name is None or table is None:
        return True
    return name in names_in_model(table) or history.made(table, name)


def names_in_model(table_name: str) -> set[str]:
    """Return the names of the table, its columns, indexes and constraints; none when it is none."""
    table = Base.metadata.tables.get(table_name)
    if table is None:
        return set()
    parts = (*table.columns, *table.indexes, *table.constraints)
    return {table.name, *(str(part.name) for part in parts)}


def run(connection: Connection) -> None:
    """Run what the command asks for, while no other process can."""
    with migration_lock(connection):
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_name=is_ours,
            **MIGRATION_OPTIONS,
        )
        with context.begin_transaction():
            context.run_migrations()


async def connect_and_run() -> None:
    """Connect without the time-outs of the service: a migration may take long."""
    settings = command_settings_or_exit(DatabaseSettings)
    engine = migration_engine(settings.database_url.get_secret_value())
    try:
        async with engine.connect() as connection:
            await connection.run_sync(run)
    finally:
        await engine.dispose()


asyncio.run(connect_and_run())
