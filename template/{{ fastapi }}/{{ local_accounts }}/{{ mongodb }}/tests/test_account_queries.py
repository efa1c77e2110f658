import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from pymongo.errors import WriteError

from app.auth.models import RefreshFamily, UsedRefreshToken
from app.auth.repository import RefreshTokenRepository
from app.auth.subject import Role
from app.database import Database
from app.documents import Document, new_id, utc_now
from app.users.models import User
from tests.accounts import EMAIL, add_account, log_in, read_account, refresh_status
from tests.identity import headers_of_subject
from tests.queries import assert_same_fields, explain, indexes_of, recorded_commands


@pytest.fixture
async def _many_accounts(database: Database) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    users = [
        User(
            id=new_id(),
            email=f"user{number}@example.com",
            password_hash="x",
            role=Role.USER,
            created_at=start + timedelta(seconds=number),
            disabled_at=None,
            token_generation=0,
        )
        for number in range(300)
    ]
    async with database.write() as db:
        await db["users"].insert_many([user.model_dump() for user in users])
    await add_account(database)


@pytest.mark.usefixtures("_many_accounts")
async def test_login_finds_the_address_by_index(client: AsyncClient, database: Database) -> None:
    with recorded_commands() as commands:
        await log_in(client)
    by_email = commands[0]
    assert by_email["filter"] == {"email": EMAIL}
    plan = await explain(database, by_email)
    assert indexes_of(plan) == ["email"]
    assert plan["executionStats"]["totalDocsExamined"] == 1


@pytest.mark.usefixtures("_many_accounts")
async def test_refresh_finds_its_token_by_index(client: AsyncClient, database: Database) -> None:
    token = (await log_in(client))["refresh_token"]
    assert await refresh_status(client, token) == 200
    with recorded_commands() as commands:
        assert await refresh_status(client, token) == 401
    finds = [command for command in commands if "find" in command]
    assert [command["find"] for command in finds][:2] == ["refresh_families", "used_refresh_tokens"]
    for command in finds[:2]:
        assert indexes_of(await explain(database, command)) == ["token_hash"]


@pytest.mark.usefixtures("_many_accounts")
async def test_page_of_accounts_is_read_by_index(
    app: FastAPI, client: AsyncClient, database: Database
) -> None:
    headers = headers_of_subject(app, Role.ADMIN)
    with recorded_commands() as commands:
        first = (await client.get("/api/v1/users", headers=headers)).json()
        await client.get(f"/api/v1/users?cursor={first['next_cursor']}", headers=headers)
    assert len(commands) == 2
    for command in commands:
        assert indexes_of(await explain(database, command)) == ["created_at_id"]


@pytest.mark.parametrize(
    ("collection", "model"),
    [
        ("users", User),
        ("refresh_families", RefreshFamily),
        ("used_refresh_tokens", UsedRefreshToken),
    ],
)
async def test_schema_has_the_fields_of_the_model(
    database: Database, collection: str, model: type[Document]
) -> None:
    await assert_same_fields(database, collection, model)


@pytest.mark.parametrize("change", [{"email": "Ada@example.com"}, {"role": "root"}, {"role": None}])
async def test_server_refuses_what_no_model_allows(
    database: Database, change: dict[str, str | None]
) -> None:
    await add_account(database)
    async with database.write() as db:
        with pytest.raises(WriteError, match="failed validation"):
            await db["users"].update_one({"email": EMAIL}, {"$set": change})


@pytest.mark.parametrize("collection", ["refresh_families", "used_refresh_tokens"])
async def test_server_removes_expired_tokens_by_itself(database: Database, collection: str) -> None:
    async with database.read() as db:
        index = (await db[collection].index_information())["expires_at"]
    assert index["expireAfterSeconds"] == 0


def in_a_minute() -> datetime:
    return utc_now() + timedelta(minutes=1)


async def start_family(tokens: RefreshTokenRepository, user: User) -> tuple[str, RefreshFamily]:
    """Return the first token of a sign-in, and what is stored of it."""
    token = await tokens.start_family(user, started_at=utc_now(), expires_at=in_a_minute())
    family = await tokens.get_family(token)
    assert family
    return token, family


async def test_refresh_is_void_once_the_account_ended_its_tokens(
    app: FastAPI, database: Database
) -> None:
    """A refresh that was under way is overtaken by a new password: its token must not survive."""
    user = await add_account(database)
    async with database.write() as db:
        tokens = RefreshTokenRepository(db)
        token, family = await start_family(tokens, user)
        await app.state.accounts.set_disabled(EMAIL, disabled=True)
        successor = await tokens.rotate(
            family, token, started_at=utc_now(), expires_at=in_a_minute()
        )
        await app.state.accounts.set_disabled(EMAIL, disabled=False)
    assert successor, "the race that this is about"
    assert await app.state.accounts.refresh(successor) is None


async def test_grace_counts_from_the_use(app: FastAPI, database: Database) -> None:
    """An outage between the two writes of a refresh leaves a record of a token that is still good."""
    user = await add_account(database)
    async with database.write() as db:
        tokens = RefreshTokenRepository(db)
        token, family = await start_family(tokens, user)
        left_over = UsedRefreshToken(
            id=new_id(),
            token_hash=family.token_hash,
            family_id=family.id,
            used_at=utc_now() - timedelta(minutes=1),
            expires_at=family.expires_at,
        )
        await db["used_refresh_tokens"].insert_one(left_over.model_dump())
    refreshed = await app.state.accounts.refresh(token)
    assert refreshed
    assert await app.state.accounts.refresh(token) is None, "the other tab"
    assert await app.state.accounts.refresh(refreshed.refresh_token)


async def test_login_is_void_once_the_password_changed(app: FastAPI, database: Database) -> None:
    """A login that was under way is overtaken by a new password."""
    user = await add_account(database)
    await app.state.accounts.set_password(EMAIL, "a new password of hers")
    async with database.write() as db:
        token = await RefreshTokenRepository(db).start_family(
            user, started_at=utc_now(), expires_at=in_a_minute()
        )
    assert await app.state.accounts.refresh(token) is None
    assert (await read_account(database)).token_generation == 1


async def test_refresh_and_logout_leave_no_valid_token(app: FastAPI, database: Database) -> None:
    user = await add_account(database)
    for _ in range(5):
        async with database.write() as db:
            token = await RefreshTokenRepository(db).start_family(
                user, started_at=utc_now(), expires_at=in_a_minute()
            )
        refreshed, _ = await asyncio.gather(
            app.state.accounts.refresh(token), app.state.accounts.logout(token)
        )
        if refreshed:
            assert await app.state.accounts.refresh(refreshed.refresh_token) is None
