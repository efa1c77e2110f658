"""Several processes that migrate one database, as when several containers start."""

import asyncio
import socket
from urllib.parse import urlsplit

import asyncpg
import pytest
from sqlalchemy import Connection, text

from app.database import migration_engine, migration_lock
from app.database_url import connect_arguments
from app.outages import DatabaseUnavailable
from tests.service import PATIENCE_SECONDS, environment_of, run_python

OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND query ~* $1
"""
TRIES_TO_LOCK = "advisory_lock|rollback"


async def others(connection: asyncpg.Connection, *, count: int, latest: str = "") -> None:
    """Return when so many others are connected and have such a latest statement."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await connection.fetchval(OTHERS, latest) < count:
            await connection.execute("SELECT pg_stat_clear_snapshot()")
            await asyncio.sleep(0.02)


async def migrate(url: str) -> tuple[int, str, str]:
    arguments = ("-m", "app.commands.migrate")
    return await asyncio.to_thread(run_python, *arguments, environment=environment_of(url))


async def test_processes_may_migrate_at_once(empty_database_url: str) -> None:
    observer = await asyncpg.connect(**connect_arguments(empty_database_url))
    await observer.execute("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
    # Nobody learns the version before everybody wants to know it.
    async with observer.transaction():
        await observer.execute("LOCK TABLE alembic_version")
        runs = [asyncio.create_task(migrate(empty_database_url)) for _ in range(2)]
        await others(observer, count=len(runs))
    results = await asyncio.gather(*runs)
    assert [code for code, _, _ in results] == [0, 0], results
    await observer.close()


def lock(connection: Connection) -> None:
    with migration_lock(connection):
        pass


async def lock_once(url: str) -> None:
    engine = migration_engine(url)
    async with engine.connect() as connection:
        await connection.run_sync(lock)
    await engine.dispose()


async def test_who_waits_does_not_hold_up_an_index(empty_database_url: str) -> None:
    """CREATE INDEX CONCURRENTLY waits until nobody holds an older snapshot."""
    observer = await asyncpg.connect(**connect_arguments(empty_database_url))
    await observer.execute("CREATE TABLE things (id int)")
    engine = migration_engine(empty_database_url)
    async with engine.connect() as connection:
        await connection.run_sync(lock)
        second = asyncio.create_task(asyncio.to_thread(asyncio.run, lock_once(empty_database_url)))
        await others(observer, count=1, latest=TRIES_TO_LOCK)
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        async with asyncio.timeout(PATIENCE_SECONDS):
            await connection.execute(text("CREATE INDEX CONCURRENTLY ix_things ON things (id)"))
        assert not second.done()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await second
    await engine.dispose()
    await observer.close()


async def test_server_that_does_not_answer_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.database._MIGRATION_CONNECT_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        engine = migration_engine(f"postgresql://127.0.0.1:{silent.getsockname()[1]}/orders")
        with pytest.raises(DatabaseUnavailable):
            await engine.connect()
    await engine.dispose()


async def test_database_that_cannot_hold_all_texts_is_refused(
    server_url: str, empty_database_url: str
) -> None:
    name = urlsplit(empty_database_url).path.strip("/")
    admin = await asyncpg.connect(**connect_arguments(server_url))
    await admin.execute(f"DROP DATABASE {name}")
    await admin.execute(
        f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' TEMPLATE template0"
        " LOCALE_PROVIDER libc LOCALE 'C'"
    )
    await admin.close()
    refused = "The encoding of the database is SQL_ASCII: create it with UTF8.\n"
    assert await migrate(empty_database_url) == (1, "", refused)
