import asyncio

import pytest
from httpx2 import AsyncClient

from app.database import Database
from app.health import DatabaseProbe
from app.main import create_app
from tests.service import client_of, settings_of


async def test_live_process_answers(client: AsyncClient) -> None:
    response = await client.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_ready_service_reached_its_database(client: AsyncClient) -> None:
    response = await client.get("/health/ready")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "checks": {"database": "ok"}}


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
async def test_head_has_the_status_of_get(client: AsyncClient, path: str) -> None:
    assert (await client.head(path)).status_code == 200


async def test_many_may_ask_at_once(client: AsyncClient) -> None:
    answers = await asyncio.gather(*(client.get("/health/ready") for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}


async def test_any_failure_is_an_outage() -> None:
    class Broken(Database):
        async def ping(self) -> bool:
            raise RuntimeError

    app = create_app(settings_of())
    app.state.database_probe = DatabaseProbe(Broken.__new__(Broken))
    async with client_of(app) as client:
        response = await client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["checks"] == {"database": "unavailable"}
