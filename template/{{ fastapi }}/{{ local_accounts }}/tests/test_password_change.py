import asyncio

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient, Response

from app.auth.accounts import Accounts
from app.auth.passwords import PasswordHasher
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
from tests.service import client_of

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
    assert_problem(await change(client, headers), 401, "invalid_token")


async def test_disabled_account_keeps_its_password(
    app: FastAPI, client: AsyncClient, database: Database
) -> None:
    await add_account(database)
    signed_in = await log_in_headers(client)
    await app.state.accounts.set_disabled(EMAIL, disabled=True)
    assert_problem(await change(client, signed_in), 401, "invalid_token")
    await app.state.accounts.set_disabled(EMAIL, disabled=False)
    await log_in(client)


async def test_one_of_parallel_changes_wins(client: AsyncClient, database: Database) -> None:
    await add_account(database)
    signed_in = await log_in_headers(client)
    new = [f"{NEW} {number}" for number in range(3)]
    answers = await asyncio.gather(*(change(client, signed_in, new=text) for text in new))
    assert sorted(answer.status_code for answer in answers) == [204, 422, 422]
    for answer in answers:
        if answer.status_code == 422:
            assert_invalid(answer, pointer="/current_password")


@pytest.mark.parametrize(("overtaken_by", "status"), [("disable", 401), ("password", 422)])
async def test_change_that_is_overtaken_is_lost(
    app: FastAPI,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    overtaken_by: str,
    status: int,
) -> None:
    """While the hash is computed, somebody disables the account or sets another password."""
    await add_account(database)
    accounts: Accounts = app.state.accounts
    hash_password = PasswordHasher.hash

    async def hash_slowly(hasher: PasswordHasher, password: str) -> str:
        monkeypatch.undo()
        if overtaken_by == "disable":
            await accounts.set_disabled(EMAIL, disabled=True)
        else:
            await accounts.set_password(EMAIL, "set by an administrator")
        return await hash_password(hasher, password)

    async with client_of(app) as client:
        signed_in = await log_in_headers(client)
        monkeypatch.setattr(PasswordHasher, "hash", hash_slowly)
        assert (await change(client, signed_in)).status_code == status


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
