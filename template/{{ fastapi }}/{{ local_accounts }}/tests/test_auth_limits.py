import pytest
from httpx2 import AsyncClient

from tests.checks import assert_problem
from tests.conftest import Serve

AUTH = "/api/v1/auth"


async def statuses(client: AsyncClient, *paths: str) -> list[int]:
    return [(await client.post(f"{AUTH}/{path}", json={})).status_code for path in paths]


@pytest.mark.parametrize("paths", [("login",) * 3, ("register", "password", "login")])
async def test_password_routes_share_a_limit(serve: Serve, paths: tuple[str, ...]) -> None:
    async with serve(rate_limit_auth="2/hour") as client:
        *_, last = await statuses(client, *paths)
        refused = await client.post(f"{AUTH}/login", json={})
    assert last == 429
    assert_problem(refused, 429, "rate_limited")
    assert refused.headers["RateLimit-Policy"] == '"auth";q=2;w=3600'


async def test_other_routes_are_not_limited(serve: Serve) -> None:
    async with serve(rate_limit_auth="2/hour") as client:
        assert set(await statuses(client, *["refresh", "logout"] * 3)) == {422}
        assert (await client.get("/api/v1/users/me")).status_code == 401


async def test_both_limits_apply(serve: Serve) -> None:
    async with serve(rate_limit_auth="9/hour", rate_limit_default="1/hour") as client:
        first, second = await statuses(client, "login", "login")
    assert (first, second) == (422, 429)
