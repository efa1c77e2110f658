"""Signed-in users: with local accounts, or with a token of the suite's own identity provider."""

from __future__ import annotations

import secrets
import subprocess
import uuid
from dataclasses import dataclass

import httpx

from .service import Headers, Service, run_command


@dataclass(frozen=True)
class Session:
    """What a signed-in user sends."""

    access_token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_token}"}


@dataclass(frozen=True)
class Account(Session):
    """A user of the service's own accounts, signed in."""

    id: str
    email: str
    password: str
    refresh_token: str

    @property
    def credentials(self) -> dict[str, str]:
        return {"email": self.email, "password": self.password}


def sign_up(service: Service, headers: Headers | None = None) -> Session:
    """Return a new signed-in user with the role `user`."""
    if service.target.auth == "local":
        return open_account(service, headers=headers)
    assert service.target.identity
    token = service.target.identity.token()
    service.remember(token)
    return Session(token)


def fresh_email() -> str:
    return f"user-{uuid.uuid4().hex}@example.test"


def fresh_password() -> str:
    return f"password-{secrets.token_hex(8)}"


def register(
    service: Service, email: str, password: str, headers: Headers | None = None
) -> httpx.Response:
    service.remember(password)
    body = {"email": email, "password": password}
    return service.post("/api/v1/auth/register", json=body, headers=headers)


def log_in(
    service: Service, email: str, password: str, headers: Headers | None = None
) -> httpx.Response:
    service.remember(password)
    body = {"email": email, "password": password}
    return remember_tokens(service, service.post("/api/v1/auth/login", json=body, headers=headers))


def refresh(service: Service, token: str, headers: Headers | None = None) -> httpx.Response:
    service.remember(token)
    answer = service.post("/api/v1/auth/refresh", json={"refresh_token": token}, headers=headers)
    return remember_tokens(service, answer)


def log_out(service: Service, token: str) -> httpx.Response:
    return service.post("/api/v1/auth/logout", json={"refresh_token": token})


def change_password(service: Service, account: Account, current: str, new: str) -> httpx.Response:
    service.remember(current, new)
    body = {"current_password": current, "new_password": new}
    return service.post("/api/v1/auth/password", json=body, headers=account.headers)


def open_account(service: Service, headers: Headers | None = None) -> Account:
    """Return a newly registered user, signed in."""
    email, password = fresh_email(), fresh_password()
    registered = register(service, email, password, headers=headers)
    assert registered.status_code == 201, registered.text
    return signed_in(service, email, password, headers=headers)


def signed_in(
    service: Service, email: str, password: str, headers: Headers | None = None
) -> Account:
    answer = log_in(service, email, password, headers=headers)
    assert answer.status_code == 200, answer.text
    pair = answer.json()
    signed = {**(headers or {}), "Authorization": f"Bearer {pair['access_token']}"}
    me = service.get("/api/v1/users/me", headers=signed)
    assert me.status_code == 200, me.text
    return Account(
        access_token=pair["access_token"],
        id=me.json()["id"],
        email=email,
        password=password,
        refresh_token=pair["refresh_token"],
    )


def remember_tokens(service: Service, answer: httpx.Response) -> httpx.Response:
    if answer.status_code == 200:
        pair = answer.json()
        service.remember(pair["access_token"], pair["refresh_token"])
    return answer


def user_command(
    service: Service, *arguments: str, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    return run_command(service.target, (*service.target.user, *arguments), stdin=stdin)


def open_admin(service: Service) -> Account:
    """Return an administrator made by the `user` command, signed in."""
    email, password = fresh_email(), fresh_password()
    done = user_command(service, "create", email, "--role", "admin", stdin=f"{password}\n")
    assert done.returncode == 0, done.stdout + done.stderr
    return signed_in(service, email, password)
