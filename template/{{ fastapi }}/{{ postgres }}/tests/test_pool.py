import asyncio
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from structlog.testing import capture_logs

from app.database import Database
from app.problems import Unavailable


@pytest.fixture
async def small(database_url: str) -> AsyncIterator[Database]:
    """Give the database through a pool of one impatient connection."""
    database = Database(database_url, pool_size=1, timeout=0.2)
    yield database
    await database.close()


async def write(database: Database, *statements: str) -> None:
    async with database.write() as session:
        for statement in statements:
            await session.execute(text(statement))


async def test_exhausted_pool_is_an_outage(small: Database) -> None:
    async with small.read() as session:
        await session.execute(text("SELECT 1"))
        with pytest.raises(Unavailable):
            await write(small, "SELECT 1")
        assert await small.ping(), "readiness has a connection of its own"


async def test_slow_statement_is_an_outage(small: Database) -> None:
    with pytest.raises(Unavailable):
        await write(small, "SELECT pg_sleep(30)")
    assert await small.ping()


@pytest.mark.parametrize(
    "event", ["SET TRANSACTION READ ONLY", "SELECT pg_terminate_backend(pg_backend_pid())"]
)
async def test_server_that_takes_no_writes_is_an_outage(small: Database, event: str) -> None:
    with pytest.raises(Unavailable):
        await write(small, event, "CREATE TABLE things (id int)")
    assert await small.ping()


async def test_wrong_statement_is_our_own_fault(small: Database) -> None:
    with pytest.raises(ProgrammingError):
        await write(small, "SELECT * FROM nowhere")


async def test_failed_transaction_leaves_nothing(small: Database) -> None:
    with pytest.raises(ProgrammingError, match="nowhere"):
        await write(small, "CREATE TABLE things (id int)", "SELECT * FROM nowhere")
    with pytest.raises(ProgrammingError, match="things"):
        await write(small, "SELECT * FROM things")


async def fetch(database: Database, query: str) -> object:
    async with database.read() as session:
        return await session.scalar(text(query))


def with_user(url: str, user: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{user}@{parts.netloc.rpartition('@')[2]}").geturl()


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        (lambda url: with_user(url, "nobody:hunter2"), "InvalidPasswordError"),
        (lambda url: f"{url}_gone", "InvalidCatalogNameError"),
        (lambda url: with_user(url, "x").replace("127.0.0.1", "nowhere.invalid"), "gaierror"),
    ],
)
async def test_refused_connection_is_an_outage_with_its_reason(
    database_url: str, changed: Callable[[str], str], error: str
) -> None:
    database = Database(changed(database_url), pool_size=1, timeout=5)
    with capture_logs() as logs, pytest.raises(Unavailable):
        await fetch(database, "SELECT 1")
    assert not await database.ping()
    assert logs[0]["error"] == error
    assert logs[0]["reason"]
    assert "hunter2" not in str(logs)
    await database.close()


async def test_connections_that_were_closed_while_idle_are_replaced(database_url: str) -> None:
    database = Database(database_url, pool_size=3, timeout=5)
    other = Database(database_url, pool_size=1, timeout=5)
    pids = await asyncio.gather(*(fetch(database, "SELECT pg_backend_pid()") for _ in range(3)))
    for pid in set(pids):
        await fetch(other, f"SELECT pg_terminate_backend({pid}, 5000)")
    await asyncio.sleep(0.1)
    for _ in range(3):
        assert await fetch(database, "SELECT pg_backend_pid()") not in pids
    await database.close()
    await other.close()


@pytest.mark.parametrize("error", [FileNotFoundError, TimeoutError, ConnectionError])
async def test_error_of_a_handler_is_no_outage(small: Database, error: type[OSError]) -> None:
    for session_of in (small.read, small.write):
        with pytest.raises(error):
            async with session_of():
                raise error


async def test_statement_is_prepared_again_after_a_migration(small: Database) -> None:
    async def titles() -> object:
        return await fetch(small, "SELECT name FROM things")

    await write(small, "CREATE TABLE things (name varchar(9))", "INSERT INTO things VALUES ('tea')")
    try:
        assert await titles() == "tea"
        await write(small, "ALTER TABLE things ALTER COLUMN name TYPE text")
        assert await titles() == "tea"
    finally:
        await write(small, "DROP TABLE things")


async def test_session_does_not_depend_on_the_role(
    database_url: str, empty_database_url: str
) -> None:
    name = urlsplit(empty_database_url).path.strip("/")
    changes = {
        "timezone": "America/New_York",
        "datestyle": "SQL, DMY",
        "intervalstyle": "sql_standard",
        "default_transaction_isolation": "serializable",
        "statement_timeout": "100ms",
    }
    admin = Database(database_url, pool_size=1, timeout=5)
    for setting, value in changes.items():
        await write(admin, f"ALTER DATABASE {name} SET {setting} = '{value}'")
    database = Database(empty_database_url, pool_size=1, timeout=5)
    assert await fetch(database, "SHOW timezone") == "UTC"
    assert str(await fetch(database, "SHOW datestyle")).startswith("ISO")
    assert await fetch(database, "SHOW intervalstyle") == "postgres"
    assert await fetch(database, "SHOW statement_timeout") == "0"
    async with database.write() as session:
        assert await session.scalar(text("SHOW transaction_isolation")) == "read committed"
    await database.close()
    await admin.close()


async def test_case_of_all_letters_is_known(small: Database) -> None:
    assert await fetch(small, "SELECT 'É' ILIKE 'é'")
