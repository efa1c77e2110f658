import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.database import Database
from app.problems import Unavailable
from tests.checks import assert_problem
from tests.conftest import Serve
from tests.proxy import Proxy, proxy_to

ITEMS = "/api/v1/items"


@pytest.fixture
async def proxy(database_url: str) -> AsyncIterator[Proxy]:
    async with proxy_to(database_url) as proxy:
        yield proxy


async def assert_outage(client: AsyncClient, headers: dict[str, str]) -> None:
    for response in (
        await client.get(ITEMS, headers=headers),
        await client.post(ITEMS, json={"title": "Tea"}, headers=headers),
    ):
        assert_problem(response, 503, "unavailable")
        assert int(response.headers["Retry-After"]) >= 1
    ready = await client.get("/health/ready")
    assert ready.status_code == 503
    assert ready.json() == {"status": "unavailable", "checks": {"database": "unavailable"}}
    assert (await client.get("/health/live")).status_code == 200


async def test_lost_database_is_an_outage_until_it_returns(
    serve: Serve, proxy: Proxy, headers: dict[str, str]
) -> None:
    async with serve(database_url=proxy.url) as client:
        # Connections in the pool are lost like new ones.
        assert (await client.get(ITEMS, headers=headers)).status_code == 200
        proxy.cut()
        await assert_outage(client, headers)
        proxy.restore()
        assert (await client.get("/health/ready")).status_code == 200
        created = await client.post(ITEMS, json={"title": "Tea"}, headers=headers)
        assert created.status_code == 201


async def test_silent_database_is_an_outage_in_time(
    serve: Serve, proxy: Proxy, headers: dict[str, str]
) -> None:
    async with serve(database_url=proxy.url, database_timeout_seconds="0.2") as client:
        assert (await client.get(ITEMS, headers=headers)).status_code == 200
        proxy.freeze()
        started = time.monotonic()
        await assert_outage(client, headers)
        assert time.monotonic() - started < 3
        proxy.restore()
        assert (await client.get(ITEMS, headers=headers)).status_code == 200


async def test_readiness_does_not_wait_for_the_database(serve: Serve, proxy: Proxy) -> None:
    async with serve(database_url=proxy.url, database_timeout_seconds="30") as client:
        proxy.freeze()
        started = time.monotonic()
        answers = await asyncio.gather(*(client.get("/health/ready") for _ in range(3)))
        assert time.monotonic() - started < 2
        assert {answer.status_code for answer in answers} == {503}
        # The probe that waited is answered now.
        proxy.restore()
        assert (await client.get("/health/ready")).status_code == 200


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
