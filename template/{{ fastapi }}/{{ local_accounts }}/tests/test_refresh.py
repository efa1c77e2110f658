import asyncio
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from httpx2 import AsyncClient
from structlog.testing import capture_logs

from app.database import Database
from tests.accounts import AUTH, add_account, log_in, refresh_status
from tests.checks import assert_problem
from tests.conftest import Serve
from tests.refresh_tokens import age_families, age_used_tokens, expire_tokens, read_tokens

pytestmark = pytest.mark.usefixtures("account")


@pytest.fixture
async def account(database: Database) -> None:
    await add_account(database)


async def refresh(client: AsyncClient, token: str) -> str:
    """Return the next refresh token."""
    response = await client.post(f"{AUTH}/refresh", json={"refresh_token": token})
    assert response.status_code == 200, response.text
    return str(response.json()["refresh_token"])


async def sign_in(client: AsyncClient) -> str:
    return str((await log_in(client))["refresh_token"])


@pytest.mark.parametrize("token", ["x", "é", "x" * 512])
async def test_unknown_token_is_refused(client: AsyncClient, token: str) -> None:
    response = await client.post(f"{AUTH}/refresh", json={"refresh_token": token})
    assert_problem(response, 401, "invalid_token")
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


async def test_expired_token_is_refused(client: AsyncClient, database: Database) -> None:
    token = await sign_in(client)
    await expire_tokens(database)
    assert await refresh_status(client, token) == 401


async def test_access_token_is_no_refresh_token(client: AsyncClient) -> None:
    pair = await log_in(client)
    assert await refresh_status(client, pair["access_token"]) == 401


async def test_each_token_works_once(client: AsyncClient) -> None:
    first = await sign_in(client)
    second = await refresh(client, first)
    third = await refresh(client, second)
    assert len({first, second, third}) == 3


async def test_only_a_hash_is_stored(client: AsyncClient, database: Database) -> None:
    token = await sign_in(client)
    [(token_hash, expires_at)] = await read_tokens(database)
    assert token_hash == sha256(token.encode()).digest()
    assert len(token) == 43, "32 random bytes"
    life = expires_at - datetime.now(UTC)
    assert timedelta(days=30, seconds=-60) < life < timedelta(days=30)


DAY = 86_400
SESSION = 90 * DAY


@pytest.mark.parametrize(("age", "life"), [(0, 30 * DAY), (80 * DAY, 10 * DAY)])
async def test_token_ends_with_its_session(
    client: AsyncClient, database: Database, age: int, life: int
) -> None:
    token = await sign_in(client)
    await age_families(database, age)
    await refresh(client, token)
    ends = [expires_at - datetime.now(UTC) for _, expires_at in await read_tokens(database)]
    assert min(abs(end - timedelta(seconds=life)) for end in ends) < timedelta(seconds=60)


async def test_session_ends_for_good(client: AsyncClient, database: Database) -> None:
    token = await sign_in(client)
    await age_families(database, SESSION)
    assert await refresh_status(client, token) == 401


async def test_older_session_starts_with_its_next_refresh(
    client: AsyncClient, database: Database
) -> None:
    token = await sign_in(client)
    await age_families(database, None)
    second = await refresh(client, token)
    await age_families(database, SESSION)
    assert await refresh_status(client, second) == 401


async def test_setting_ends_sessions(serve: Serve) -> None:
    async with serve(session_ttl_seconds="1") as client:
        token = await sign_in(client)
        await asyncio.sleep(1.1)
        assert await refresh_status(client, token) == 401


async def test_second_use_in_the_grace_is_refused_only(client: AsyncClient) -> None:
    first = await sign_in(client)
    second = await refresh(client, first)
    with capture_logs() as logs:
        assert await refresh_status(client, first) == 401
    assert "refresh_reused" not in str(logs)
    await refresh(client, second)


async def test_second_use_after_the_grace_ends_the_family(serve: Serve) -> None:
    async with serve(refresh_reuse_grace_seconds="0") as client:
        other_family = await sign_in(client)
        first = await sign_in(client)
        second = await refresh(client, first)
        with capture_logs() as logs:
            assert await refresh_status(client, first) == 401
        assert await refresh_status(client, second) == 401
        await refresh(client, other_family)
    events = [line for line in logs if line.get("_event") == "refresh_reused"]
    assert len(events) == 1
    assert first not in str(logs)


@pytest.mark.parametrize(("age", "status"), [(8, 200), (11, 401)])
async def test_grace_is_ten_seconds(
    client: AsyncClient, database: Database, age: int, status: int
) -> None:
    first = await sign_in(client)
    second = await refresh(client, first)
    await age_used_tokens(database, age)
    assert await refresh_status(client, first) == 401
    assert await refresh_status(client, second) == status


async def test_one_of_parallel_refreshes_wins(client: AsyncClient) -> None:
    token = await sign_in(client)
    statuses = await asyncio.gather(*(refresh_status(client, token) for _ in range(8)))
    assert sorted(statuses) == [200] + [401] * 7


@pytest.mark.parametrize("token", ["x", "x" * 512])
async def test_unknown_token_logs_out_quietly(client: AsyncClient, token: str) -> None:
    response = await client.post(f"{AUTH}/logout", json={"refresh_token": token})
    assert (response.status_code, response.content) == (204, b"")


async def test_logout_ends_the_whole_family(client: AsyncClient) -> None:
    other_family = await sign_in(client)
    first = await sign_in(client)
    second = await refresh(client, first)
    for _ in range(2):
        response = await client.post(f"{AUTH}/logout", json={"refresh_token": first})
        assert response.status_code == 204
    assert await refresh_status(client, second) == 401
    await refresh(client, other_family)


async def test_logout_ends_a_refresh_beside_it(client: AsyncClient) -> None:
    token = await sign_in(client)
    refreshed, _ = await asyncio.gather(
        client.post(f"{AUTH}/refresh", json={"refresh_token": token}),
        client.post(f"{AUTH}/logout", json={"refresh_token": token}),
    )
    if refreshed.status_code == 200:
        assert await refresh_status(client, refreshed.json()["refresh_token"]) == 401
