import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from structlog.testing import capture_logs

from app.auth.subject import Role
from app.database import Database
from tests.accounts import EMAIL, add_account, log_in, log_in_headers
from tests.checks import assert_invalid, assert_problem
from tests.identity import bearer, headers_of_subject

USERS = "/api/v1/users"


@pytest.fixture
def admin_headers(app: FastAPI) -> dict[str, str]:
    return headers_of_subject(app, Role.ADMIN)


class TestMe:
    async def test_anonymous_is_refused(self, client: AsyncClient) -> None:
        assert_problem(await client.get(f"{USERS}/me"), 401, "unauthenticated")

    async def test_removed_account_has_no_valid_token(
        self, client: AsyncClient, headers: dict[str, str]
    ) -> None:
        response = await client.get(f"{USERS}/me", headers=headers)
        assert_problem(response, 401, "invalid_token")

    async def test_caller_reads_the_own_account(
        self, client: AsyncClient, database: Database
    ) -> None:
        user = await add_account(database)
        response = await client.get(f"{USERS}/me", headers=await log_in_headers(client))
        assert response.json() == {
            "id": str(user.id),
            "email": EMAIL,
            "role": "user",
            "created_at": user.created_at.isoformat(timespec="microseconds")[:-6] + "Z",
        }


class TestList:
    async def test_anonymous_is_refused(self, client: AsyncClient) -> None:
        assert_problem(await client.get(USERS), 401, "unauthenticated")

    async def test_plain_user_is_forbidden(
        self, client: AsyncClient, headers: dict[str, str]
    ) -> None:
        with capture_logs() as logs:
            response = await client.get(USERS, headers=headers)
        assert_problem(response, 403, "forbidden")
        assert [line["_event"] for line in logs if "_event" in line] == ["role_denied"]

    async def test_bad_page_is_refused(
        self, client: AsyncClient, admin_headers: dict[str, str]
    ) -> None:
        response = await client.get(f"{USERS}?limit=101", headers=admin_headers)
        assert_invalid(response, parameter="limit")

    async def test_admin_walks_all_accounts(
        self, client: AsyncClient, database: Database, admin_headers: dict[str, str]
    ) -> None:
        added = [
            str((await add_account(database, f"user{number}@example.com")).id)
            for number in range(5)
        ]
        page = (await client.get(f"{USERS}?limit=2", headers=admin_headers)).json()
        met = page["items"]
        while cursor := page["next_cursor"]:
            path = f"{USERS}?limit=2&cursor={cursor}"
            page = (await client.get(path, headers=admin_headers)).json()
            met += page["items"]
        assert [user["id"] for user in met] == added[::-1]
        assert met[0].keys() == {"id", "email", "role", "created_at"}


async def test_new_role_counts_from_the_next_token(
    app: FastAPI, client: AsyncClient, database: Database
) -> None:
    await add_account(database)
    pair = await log_in(client)
    assert await app.state.accounts.set_role(EMAIL, Role.ADMIN)
    before = await client.get(USERS, headers=bearer(pair["access_token"]))
    assert_problem(before, 403, "forbidden")
    body = {"refresh_token": pair["refresh_token"]}
    refreshed = (await client.post("/api/v1/auth/refresh", json=body)).json()
    after = await client.get(USERS, headers=bearer(refreshed["access_token"]))
    assert after.status_code == 200
