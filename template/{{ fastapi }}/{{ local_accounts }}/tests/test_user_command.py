import asyncio
import io
import sys
from collections.abc import Awaitable, Callable

import pytest
from httpx2 import AsyncClient

from app.auth.subject import Role
from app.commands import user
from app.database import Database
from tests.accounts import AUTH, EMAIL, PASSWORD, add_account, log_in, read_account, refresh_status
from tests.server import UNREACHABLE_URL
from tests.service import environment_of, run_python

type Run = Callable[..., Awaitable[str]]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def run(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Give what runs the command with a password on its standard input."""
    for name, value in environment_of(database_url).items():
        monkeypatch.setenv(name, value)

    async def run(
        *arguments: str, password: str = PASSWORD, stdin: type[io.StringIO] = io.StringIO
    ) -> str:
        monkeypatch.setattr(sys, "argv", ["user", *arguments])
        monkeypatch.setattr(sys, "stdin", stdin(f"{password}\n"))
        # In a thread: the command runs an event loop of its own.
        await asyncio.to_thread(user.main)
        return capsys.readouterr().out

    return run


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    "arguments",
    [
        ("role", EMAIL, "admin"),
        ("disable", EMAIL),
        ("enable", EMAIL),
        ("password", EMAIL),
    ],
)
async def test_unknown_account_is_an_error(run: Run, arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit, match=f"{EMAIL} has no account"):
        await run(*arguments)


@pytest.mark.parametrize("task", ["create", "password"])
async def test_bad_password_is_named(run: Run, task: str) -> None:
    with pytest.raises(SystemExit, match="password: must have 12 to 128 characters"):
        await run(task, EMAIL, password="short")


async def test_taken_address_is_an_error(run: Run, database: Database) -> None:
    await add_account(database)
    with pytest.raises(SystemExit, match="has an account already"):
        await run("create", EMAIL.upper())


@pytest.mark.parametrize(
    "arguments", [(), ("create",), ("create", EMAIL, "--role", "root"), ("role", EMAIL, "root")]
)
async def test_wrong_usage_is_explained(
    run: Run, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        await run(*arguments)
    assert stopped.value.code == 2
    assert "usage: user" in capsys.readouterr().err


async def test_differing_passwords_are_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter(["one password", "another password"])
    monkeypatch.setattr("getpass.getpass", lambda _: next(typed))
    with pytest.raises(SystemExit, match="differ"):
        await run("create", EMAIL, stdin=Terminal)


@pytest.mark.parametrize(
    "command",
    [("app.commands.user", "disable", EMAIL), ("app.commands.purge_tokens",)],
)
def test_unreachable_database_is_one_line(command: tuple[str, ...]) -> None:
    environment = environment_of(
        UNREACHABLE_URL, app_env="production", database_timeout_seconds="1"
    )
    # Nothing is signed, so no key is needed.
    del environment["AUTH_SECRET_KEY"]
    code, output, errors = run_python("-m", *command, environment=environment)
    assert (code, output) == (69, "")
    assert errors.count("\n") == 1
    assert errors.startswith("The database at ")
    assert "cannot be reached: " in errors


async def test_first_admin_can_sign_in(run: Run, client: AsyncClient, database: Database) -> None:
    said = await run("create", "Ada@Example.com", "--role", "admin")
    assert said == f"{EMAIL} can sign in, role admin.\n"
    assert (await read_account(database)).role is Role.ADMIN
    await log_in(client)


async def test_role_is_changed(run: Run, database: Database) -> None:
    await add_account(database)
    await run("role", EMAIL.upper(), "admin")
    assert (await read_account(database)).role is Role.ADMIN


async def test_disabling_ends_everything(run: Run, client: AsyncClient, database: Database) -> None:
    await add_account(database)
    pair = await log_in(client)
    await run("disable", EMAIL)
    assert await refresh_status(client, pair["refresh_token"]) == 401
    body = {"email": EMAIL, "password": PASSWORD}
    assert (await client.post(f"{AUTH}/login", json=body)).status_code == 401
    await run("enable", EMAIL)
    assert await refresh_status(client, pair["refresh_token"]) == 401, "tokens stay ended"
    await log_in(client)


async def test_password_is_replaced(run: Run, client: AsyncClient, database: Database) -> None:
    await add_account(database)
    pair = await log_in(client)
    await run("password", EMAIL, password="a new password of hers")
    assert await refresh_status(client, pair["refresh_token"]) == 401
    body = {"email": EMAIL, "password": "a new password of hers"}
    assert (await client.post(f"{AUTH}/login", json=body)).status_code == 200
