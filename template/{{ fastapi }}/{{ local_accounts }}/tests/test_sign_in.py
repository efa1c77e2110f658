from unicodedata import normalize

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient, Response
from structlog.testing import capture_logs

from app.auth import passwords
from app.database import Database
from tests.accounts import AUTH, EMAIL, PASSWORD, add_account, log_in, read_account
from tests.checks import assert_problem
from tests.identity import bearer


async def register(client: AsyncClient, email: str, password: str = PASSWORD) -> Response:
    return await client.post(f"{AUTH}/register", json={"email": email, "password": password})


async def log_in_with(client: AsyncClient, password: str, email: str = EMAIL) -> Response:
    return await client.post(f"{AUTH}/login", json={"email": email, "password": password})


class TestRegister:
    async def test_taken_address_is_a_conflict(
        self, client: AsyncClient, database: Database
    ) -> None:
        await add_account(database)
        assert_problem(await register(client, EMAIL.upper()), 409, "email_taken")

    async def test_new_account_is_a_plain_user(
        self, client: AsyncClient, database: Database
    ) -> None:
        response = await register(client, "Ada@Example.com")
        assert response.status_code == 201
        user = response.json()
        assert user.keys() == {"id", "email", "role", "created_at"}
        assert (user["email"], user["role"]) == ("ada@example.com", "user")
        assert (await read_account(database)).password_hash.startswith(
            "$argon2id$v=19$m=19456,t=2,p=1$"
        )

    async def test_login_follows_in_any_case(self, client: AsyncClient) -> None:
        await register(client, EMAIL)
        assert (await log_in(client, EMAIL.upper()))["token_type"] == "Bearer"


class TestLogin:
    @pytest.mark.parametrize("password", ["", "short", f"{PASSWORD}.", PASSWORD.upper()])
    async def test_wrong_password_is_refused(
        self, client: AsyncClient, database: Database, password: str
    ) -> None:
        await add_account(database)
        response = await log_in_with(client, password)
        assert_problem(response, 401, "invalid_credentials")
        assert response.headers["WWW-Authenticate"] == "Bearer"

    async def test_unknown_address_looks_like_wrong_password(
        self, client: AsyncClient, database: Database
    ) -> None:
        await add_account(database)
        wrong = await log_in_with(client, "wrong")
        unknown = await log_in_with(client, "wrong", "bob@example.com")
        bodies = [answer.json() | {"request_id": None} for answer in (wrong, unknown)]
        assert bodies[0] == bodies[1]
        assert wrong.headers.keys() == unknown.headers.keys()

    async def test_unknown_address_takes_as_long(
        self, client: AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        verified = []
        verify = passwords._verify  # noqa: SLF001 # the work that takes the time

        def count(stored: str, password: str) -> bool:
            verified.append(stored)
            return verify(stored, password)

        monkeypatch.setattr(passwords, "_verify", count)
        # What the dummy hash was made of opens nothing.
        assert_problem(await log_in_with(client, ""), 401, "invalid_credentials")
        [stored] = verified
        assert not passwords.needs_rehash(stored)

    async def test_disabled_account_is_refused(
        self, app: FastAPI, client: AsyncClient, database: Database
    ) -> None:
        await add_account(database)
        assert await app.state.accounts.set_disabled(EMAIL, disabled=True)
        assert_problem(await log_in_with(client, PASSWORD), 401, "invalid_credentials")

    async def test_token_pair_opens_the_api(self, client: AsyncClient, database: Database) -> None:
        user = await add_account(database)
        pair = await log_in(client)
        assert pair.keys() == {"access_token", "token_type", "expires_in", "refresh_token"}
        assert pair["expires_in"] == 900
        me = await client.get("/api/v1/users/me", headers=bearer(pair["access_token"]))
        assert me.json()["id"] == str(user.id)

    async def test_composition_of_characters_is_ignored(self, client: AsyncClient) -> None:
        password = "Crème brûlée"
        await register(client, EMAIL, normalize("NFD", password))
        for form in ("NFC", "NFD"):
            assert (await log_in_with(client, normalize(form, password))).status_code == 200

    async def test_events_name_the_account_only(
        self, client: AsyncClient, database: Database
    ) -> None:
        user = await add_account(database)
        with capture_logs() as logs:
            await log_in_with(client, "wrong")
            await log_in_with(client, "wrong", "bob@example.com")
            await log_in_with(client, PASSWORD)
        events = [(line["_event"], line["subject"]) for line in logs if "_event" in line]
        assert events == [
            ("login_failed", str(user.id)),
            ("login_failed", None),
            ("login_succeeded", str(user.id)),
        ]
        assert not [secret for secret in (PASSWORD, "wrong", EMAIL) if secret in str(logs)]
