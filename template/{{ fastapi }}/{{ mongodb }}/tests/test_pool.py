import asyncio
from collections.abc import AsyncIterator

import pytest
from pymongo.errors import OperationFailure
from structlog.testing import capture_logs

from app.database import Database
from app.outages import DatabaseUnavailable
from app.problems import Unavailable
from tests.proxy import proxy_to
from tests.queries import recorded_commands


@pytest.fixture
async def small(database_url: str) -> AsyncIterator[Database]:
    """Give the database through a pool of one impatient connection."""
    database = Database(database_url, pool_size=1, timeout=0.5)
    yield database
    await database.close()


async def find(database: Database) -> None:
    async with database.read() as db:
        await db["items"].find_one({})


async def test_exhausted_pool_is_an_outage(database_url: str) -> None:
    async with proxy_to(database_url) as proxy:
        database = Database(proxy.url, pool_size=1, timeout=0.5)
        await find(database)
        proxy.freeze()
        # One waits for the answer, all the others for its connection.
        reads = (find(database) for _ in range(5))
        answers = await asyncio.gather(*reads, return_exceptions=True)
        assert [type(answer) for answer in answers] == [DatabaseUnavailable] * 5
        assert not await database.ping()
        proxy.restore()
        # The driver notices it with one of its next looks at the server.
        async with asyncio.timeout(10):
            while not await database.ping():
                pass
        await database.close()


@pytest.mark.parametrize("error", [FileNotFoundError, TimeoutError, ConnectionError])
async def test_error_of_a_handler_is_no_outage(small: Database, error: type[OSError]) -> None:
    for session_of in (small.read, small.write):
        with pytest.raises(error):
            async with session_of():
                raise error


@pytest.mark.parametrize("code", [18, 91, 112, 133, 8000, 11600])
async def test_server_that_cannot_work_is_an_outage(small: Database, code: int) -> None:
    with capture_logs() as logs, pytest.raises(Unavailable):
        async with small.write():
            raise OperationFailure(str(code), code)
    assert [(line["error"], line["reason"]) for line in logs] == [("OperationFailure", str(code))]
    assert await small.ping()


async def test_wrong_command_is_our_own_fault(small: Database) -> None:
    with pytest.raises(OperationFailure, match="nonsense"):
        async with small.write() as db:
            await db.command("nonsense")


async def test_server_learns_how_long_it_may_take(small: Database) -> None:
    with recorded_commands() as commands:
        async with small.read() as db:
            await db["items"].find_one({})
    assert 0 < commands[0]["maxTimeMS"] <= 500
