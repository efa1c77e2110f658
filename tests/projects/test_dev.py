"""`dev` in a real terminal, on a machine where nothing is installed or configured."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pexpect
import pytest

from tests.contract.identity import Identity
from tests.contract.service import eventually, free_port
from tests.support.projects import Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.databases import Databases

ACCOUNT = {"email": "ada@example.test", "password": "correct horse battery staple"}


@pytest.fixture
def private(bare: Project, databases: Databases) -> Project:
    """The same, with a database where this machine cannot start one."""
    if bare.needs_a_server:
        bare.use_database(databases.mongodb.new_database("private"))
    return bare


@contextmanager
def dev(project: Project, **variables: str) -> Iterator[tuple[pexpect.spawn[str], httpx.Client]]:
    """Give the terminal of a running `dev` and a client of its service; end it by Ctrl-C."""
    port = free_port()
    program, *arguments = (
        ("npm", "run", "dev") if project.uses_node else ("uv", "run", "--no-sync", "poe", "dev")
    )
    terminal = pexpect.spawn(
        program,
        arguments,
        cwd=str(project.directory),
        env=project.variables(**{"PORT": str(port), **variables}),
        encoding="utf-8",
        timeout=90,
        dimensions=(50, 200),
    )
    try:
        terminal.expect_exact(f"http://127.0.0.1:{port}/docs")
        terminal.expect_exact(started(project))
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            yield terminal, client
        terminal.sendintr()
        terminal.expect(pexpect.EOF)
    finally:
        terminal.close(force=True)


def started(project: Project) -> str:
    """Return what the log says when the service answers."""
    return "listening" if project.uses_node else "Application startup complete"


@pytest.mark.local_accounts
def test_dev_needs_nothing_and_keeps_its_data(private: Project) -> None:
    modes = {path: path.stat().st_mode for path in private.directory.parents}
    with dev(private) as (_, client):
        assert client.get("/health/ready").json()["checks"] == {"database": "ok"}
        assert client.get("/docs").status_code == 200
        assert client.post("/api/v1/auth/register", json=ACCOUNT).status_code == 201
    assert {path: path.stat().st_mode for path in private.directory.parents} == modes
    with pytest.raises(httpx.TransportError):
        httpx.get(client.base_url.join("/health/live"), trust_env=False)
    with dev(private) as (_, client):
        assert client.post("/api/v1/auth/login", json=ACCOUNT).status_code == 200


@pytest.mark.identity_provider
def test_dev_serves_whom_the_provider_knows_and_keeps_their_data(private: Project) -> None:
    identity = Identity(private.auth)
    bearer = {"Authorization": f"Bearer {identity.token(sub='ada')}"}
    with identity.issuer:
        with dev(private, **identity.settings) as (_, client):
            made = client.post("/api/v1/items", json={"title": "Tea"}, headers=bearer)
            assert made.status_code == 201, made.text
        with dev(private, **identity.settings) as (_, client):
            assert client.get(made.headers["Location"], headers=bearer).json() == made.json()


@pytest.mark.identity_provider
def test_dev_says_which_provider_is_missing(private: Project) -> None:
    unset = {"OIDC_ISSUER": "", "OIDC_AUDIENCE": ""}
    if private.auth == "keycloak":
        # Its realm for development is the default.
        with dev(private, **unset) as (_, client):
            assert client.get("/health/live").status_code == 200
        return
    refused = private.task("dev", PORT=str(free_port()), **unset)
    assert refused.returncode == 78
    assert "OIDC_ISSUER: is required, such as https://" in refused.stderr


def test_dev_reloads_on_change(private: Project) -> None:
    about = private.directory / ("src/about.ts" if private.uses_node else "app/about.py")
    with dev(private) as (terminal, client):
        changed = about.read_text().replace('NAME = "Orders"', 'NAME = "Changed"')
        about.write_text(changed)
        terminal.expect_exact(started(private))
        document = json.loads(client.get("/openapi.json").content)
        assert document["info"]["title"] == "Changed"


@pytest.mark.on_database("sqlite")
def test_dev_is_development_with_a_database_of_ones_choice_too(
    private: Project, tmp_path: Path
) -> None:
    file = tmp_path / "mine.db"
    settings = Identity(private.auth).settings if private.auth != "local" else {}
    with dev(private, **settings, DATABASE_URL=f"sqlite:///{file}") as (_, client):
        assert client.get("/docs").status_code == 200
    assert file.exists()
    assert not (private.directory / ".data").exists()


@pytest.mark.local_accounts
def test_commands_attach_to_the_running_database(private: Project) -> None:
    with dev(private) as (_, client):
        arguments = ("create", ACCOUNT["email"], "--role", "admin")
        made = private.task("user", *arguments, stdin=ACCOUNT["password"] + "\n")
        assert made.returncode == 0, made.stderr
        tokens = client.post("/api/v1/auth/login", json=ACCOUNT).json()
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        users = client.get("/api/v1/users", headers=bearer)
        assert [user["email"] for user in users.json()["items"]] == [ACCOUNT["email"]]
        # The command that came later did not take the database with it.
        assert eventually(lambda: client.get("/health/ready").status_code == 200)


@pytest.mark.on_database("mongodb")
def test_missing_server_is_explained(bare: Project, tmp_path: Path) -> None:
    """No package brings MongoDB: without any, there is advice instead of a stack."""
    if not bare.needs_a_server:
        pytest.skip("this machine has a server")
    # Where Node would download one: from nowhere.
    nowhere = {
        "MONGOMS_DOWNLOAD_MIRROR": "http://127.0.0.1:1",
        "MONGOMS_DOWNLOAD_DIR": str(tmp_path),
    }
    for task, variable in (
        ("dev", "DATABASE_URL"),
        ("migrate", "DATABASE_URL"),
        ("test", "TEST_DATABASE_URL"),
    ):
        finished = bare.task(task, **nowhere, TEST_DATABASE_URL="")
        said = finished.stdout + finished.stderr
        assert finished.returncode == 1, said
        assert "no `mongod` on the PATH" in said
        assert all(
            word in said for word in ("manual/installation", "docker run", f"set {variable}")
        )
        # In the environment it would mean production to `migrate`.
        assert task == "test" or "in .env" in said
        assert "Traceback" not in said
        assert "    at " not in said
