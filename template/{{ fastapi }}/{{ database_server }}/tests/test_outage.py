import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from httpx2 import AsyncClient

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
    async with serve(database_url=proxy.url, database_timeout_seconds="1") as client:
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
