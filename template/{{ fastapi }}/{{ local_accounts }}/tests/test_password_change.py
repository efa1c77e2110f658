import pytest
from httpx2 import AsyncClient, Response

from app.database import Database
from tests.accounts import (
    AUTH,
    EMAIL,
    PASSWORD,
    add_account,
    log_in,
    log_in_headers,
    refresh_status,
)
from tests.checks import assert_invalid, assert_problem

NEW = "a new password of hers"


async def change(
    client: AsyncClient, headers: dict[str, str], current: str = PASSWORD, new: str = NEW
) -> Response:
    body = {"current_password": current, "new_password": new}
    return await client.post(f"{AUTH}/password", json=body, headers=headers)


async def test_anonymous_is_refused(client: AsyncClient) -> None:
    assert_problem(await change(client, {}), 401, "unauthenticated")


@pytest.mark.parametrize(
    ("current", "new", "pointer"),
    [("wrong", NEW, "/current_password"), (PASSWORD, "short", "/new_password")],
)
async def test_wrong_field_is_named(
    client: AsyncClient, database: Database, current: str, new: str, pointer: str
) -> None:
    await add_account(database)
    response = await change(client, await log_in_headers(client), current, new)
    assert_invalid(response, pointer=pointer)
    await log_in(client)


async def test_subject_without_account_changes_nothing(
    client: AsyncClient, headers: dict[str, str]
) -> None:
    assert_invalid(await change(client, headers), pointer="/current_password")


async def test_new_password_replaces_the_old(client: AsyncClient, database: Database) -> None:
    await add_account(database)
    response = await change(client, await log_in_headers(client))
    assert (response.status_code, response.content) == (204, b"")
    for password, status in ((PASSWORD, 401), (NEW, 200)):
        body = {"email": EMAIL, "password": password}
        assert (await client.post(f"{AUTH}/login", json=body)).status_code == status


async def test_new_password_ends_refresh_tokens(client: AsyncClient, database: Database) -> None:
    await add_account(database)
    await add_account(database, "bob@example.com")
    pairs = [await log_in(client), await log_in(client)]
    other = await log_in(client, "bob@example.com")
    await change(client, await log_in_headers(client))
    for pair in pairs:
        assert await refresh_status(client, pair["refresh_token"]) == 401
    assert await refresh_status(client, other["refresh_token"]) == 200
