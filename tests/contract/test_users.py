"""§2, §5, §8: administrators and the `user` command."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from .accounts import (
    Account,
    fresh_email,
    fresh_password,
    log_in,
    open_account,
    open_admin,
    refresh,
    signed_in,
    user_command,
)
from .checks import assert_problem, moment
from .service import Service, at_once

pytestmark = pytest.mark.local_accounts

USERS = "/api/v1/users"


@pytest.fixture(scope="module")
def admin(service: Service) -> Account:
    """Made by a command, which is slow; the tests of this file only read with her token."""
    return open_admin(service)


def do(service: Service, *arguments: str, stdin: str = "") -> None:
    done = user_command(service, *arguments, stdin=stdin)
    assert done.returncode == 0, done.stdout + done.stderr


def give_role(service: Service, email: str, role: str) -> None:
    """The contract names the command but leaves open how it takes the role."""
    if user_command(service, "role", email, role).returncode != 0:
        do(service, "role", email, "--role", role)


class TestListUsers:
    def test_needs_the_role(self, service: Service) -> None:
        account = open_account(service)
        response = service.get(USERS, headers=account.headers)
        assert_problem(response, 403, "forbidden")
        service.wait_for_log(event="role_denied", request_id=response.headers["X-Request-ID"])

    def test_anonymous_is_refused(self, service: Service) -> None:
        assert_problem(service.get(USERS), 401, "unauthenticated")

    def test_pages_hold_every_user_once(self, service: Service, admin: Account) -> None:
        opened = {open_account(service).id for _ in range(3)}
        seen: list[dict[str, Any]] = []
        query: dict[str, str] = {"limit": "2"}
        while True:
            body = service.get(USERS, params=query, headers=admin.headers).json()
            assert body.keys() == {"items", "next_cursor"}
            seen += body["items"]
            if body["next_cursor"] is None:
                break
            query["cursor"] = body["next_cursor"]
        assert all(user.keys() == {"id", "email", "role", "created_at"} for user in seen)
        assert len(seen) == len({user["id"] for user in seen})
        assert opened | {admin.id} <= {user["id"] for user in seen}
        times = [moment(user["created_at"]) for user in seen]
        assert times in (sorted(times), sorted(times, reverse=True))

    @pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "101"}, {"cursor": "x"}], ids=str)
    def test_bad_query_is_refused(
        self, service: Service, admin: Account, query: dict[str, str]
    ) -> None:
        response = service.get(USERS, params=query, headers=admin.headers)
        assert_problem(response, 422, "invalid_request")

    def test_admin_sees_no_foreign_items(self, service: Service, admin: Account) -> None:
        owner = open_account(service)
        item = service.post("/api/v1/items", json={"title": "x"}, headers=owner.headers).json()
        response = service.get(f"/api/v1/items/{item['id']}", headers=admin.headers)
        assert_problem(response, 404, "not_found")


class TestUserCommand:
    def test_created_admin_has_the_role(self, service: Service, admin: Account) -> None:
        me = service.get("/api/v1/users/me", headers=admin.headers).json()
        assert (me["email"], me["role"]) == (admin.email, "admin")

    def test_new_role_counts_from_the_next_token(self, service: Service) -> None:
        account = open_account(service)
        give_role(service, account.email, "admin")
        assert_problem(service.get(USERS, headers=account.headers), 403, "forbidden")
        token = refresh(service, account.refresh_token).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        assert service.get(USERS, headers=headers).status_code == 200

    def test_disabled_user_is_locked_out(self, service: Service) -> None:
        account = open_account(service)
        do(service, "disable", account.email)
        assert log_in(service, account.email, account.password).status_code in {401, 403}
        assert_problem(refresh(service, account.refresh_token), 401, "invalid_token")
        do(service, "enable", account.email)
        assert log_in(service, account.email, account.password).status_code == 200
        assert_problem(refresh(service, account.refresh_token), 401, "invalid_token")

    def test_new_password_ends_the_tokens(self, service: Service) -> None:
        account, password = open_account(service), fresh_password()
        do(service, "password", account.email.upper(), stdin=f"{password}\n")
        assert_problem(refresh(service, account.refresh_token), 401, "invalid_token")
        old = log_in(service, account.email, account.password)
        assert_problem(old, 401, "invalid_credentials")
        assert signed_in(service, account.email, password).id == account.id

    def test_refused_creations_are_errors(self, service: Service) -> None:
        taken, password = open_account(service), fresh_password()
        attempts = [(fresh_email(), "too-short"), (fresh_email(), ""), (taken.email, password)]

        def create(number: int) -> subprocess.CompletedProcess[str]:
            email, typed = attempts[number]
            return user_command(service, "create", email, stdin=f"{typed}\n")

        for done in at_once(3, create):  # side by side: a command takes a second to start
            assert done.returncode != 0
            assert "Traceback" not in done.stderr
            assert password not in done.stdout + done.stderr
        refused = log_in(service, taken.email, password)
        assert_problem(refused, 401, "invalid_credentials")
