from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

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
    assert await small.ping()


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
