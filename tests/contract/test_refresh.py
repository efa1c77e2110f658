"""§5: rotation of refresh tokens."""

from __future__ import annotations

import base64
import re
import secrets
import time
from collections.abc import Iterator
from hashlib import sha256

import pytest

from .accounts import Account, open_account, refresh
from .checks import assert_problem, assert_standard_headers
from .service import Service, at_once, run_command
from .storage import refresh_token_hashes
from .target import Target
from .tokens import parts

pytestmark = pytest.mark.local_accounts

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}=?")


@pytest.fixture(scope="module")
def strict(target: Target) -> Iterator[Service]:
    with Service(
        target,
        REFRESH_REUSE_GRACE_SECONDS="0",
        ACCESS_TOKEN_TTL_SECONDS="120",
        REFRESH_TOKEN_TTL_SECONDS="3",
    ) as running:
        yield running


class TestRotation:
    def test_token_is_32_random_bytes(self, service: Service) -> None:
        token = open_account(service).refresh_token
        assert TOKEN.fullmatch(token)
        assert len(base64.urlsafe_b64decode(token.rstrip("=") + "=")) == 32

    def test_answer_is_a_new_pair(self, service: Service) -> None:
        account = open_account(service)
        response = refresh(service, account.refresh_token)
        pair = response.json()
        assert pair.keys() == {"access_token", "token_type", "expires_in", "refresh_token"}
        assert pair["refresh_token"] != account.refresh_token
        headers = {"Authorization": f"Bearer {pair['access_token']}"}
        me = service.get("/api/v1/users/me", headers=headers).json()
        assert me["id"] == account.id
        assert_standard_headers(response)

    def test_unknown_token_is_refused(self, service: Service) -> None:
        for unknown in (secrets.token_urlsafe(32), secrets.token_urlsafe(32)):
            assert_problem(refresh(service, unknown), 401, "invalid_token")

    def test_unknown_fields_are_refused(self, service: Service) -> None:
        account = open_account(service)
        body = {"refresh_token": account.refresh_token, "role": "admin"}
        response = service.post("/api/v1/auth/refresh", json=body)
        assert_problem(response, 422, "invalid_request")
        assert refresh(service, account.refresh_token).status_code == 200


class TestReuse:
    def test_within_the_grace_only_fails(self, service: Service) -> None:
        account = open_account(service)
        newer = refresh(service, account.refresh_token).json()["refresh_token"]
        assert_problem(refresh(service, account.refresh_token), 401, "invalid_token")
        assert refresh(service, newer).status_code == 200

    def test_after_the_grace_ends_the_family(self, strict: Service) -> None:
        account = open_account(strict)
        newer = refresh(strict, account.refresh_token).json()["refresh_token"]
        assert_problem(refresh(strict, account.refresh_token), 401, "invalid_token")
        assert_problem(refresh(strict, newer), 401, "invalid_token")

    def test_of_an_old_generation_ends_the_family(self, strict: Service) -> None:
        account = open_account(strict)
        second = refresh(strict, account.refresh_token).json()["refresh_token"]
        third = refresh(strict, second).json()["refresh_token"]
        assert_problem(refresh(strict, account.refresh_token), 401, "invalid_token")
        assert_problem(refresh(strict, third), 401, "invalid_token")

    def test_leaves_other_families_alone(self, strict: Service) -> None:
        account, other = open_account(strict), open_account(strict)
        for _ in range(2):
            refresh(strict, account.refresh_token)
        assert refresh(strict, other.refresh_token).status_code == 200

    def test_is_a_security_event(self, strict: Service) -> None:
        account = open_account(strict)
        refresh(strict, account.refresh_token)
        response = refresh(strict, account.refresh_token)
        request_id = response.headers["X-Request-ID"]
        strict.wait_for_log(event="refresh_reused", request_id=request_id)


class TestParallelRefresh:
    def winner_of(self, service: Service, account: Account) -> str:
        answers = at_once(8, lambda _: refresh(service, account.refresh_token))
        assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7
        won = next(answer for answer in answers if answer.status_code == 200)
        return str(won.json()["refresh_token"])

    def test_one_wins_and_goes_on(self, service: Service) -> None:
        for _ in range(3):
            newer = self.winner_of(service, open_account(service))
            assert refresh(service, newer).status_code == 200

    def test_without_grace_the_family_ends(self, strict: Service) -> None:
        newer = self.winner_of(strict, open_account(strict))
        assert_problem(refresh(strict, newer), 401, "invalid_token")


class TestLifetime:
    def test_settings_bound_both_tokens(self, strict: Service) -> None:
        account = open_account(strict)
        pair = refresh(strict, account.refresh_token).json()
        assert pair["expires_in"] == 120
        _, claims = parts(pair["access_token"])
        assert claims["exp"] - claims["iat"] == 120

    def test_only_expired_tokens_are_refused_and_purged(
        self, service: Service, strict: Service
    ) -> None:
        lasting, account = open_account(service), open_account(strict)
        time.sleep(3.2)  # no polling: each use would give it a successor with a new lifetime
        assert_problem(refresh(strict, account.refresh_token), 401, "invalid_token")
        done = run_command(strict.target, strict.target.purge_tokens)
        assert done.returncode == 0, done.stdout + done.stderr
        kept = refresh_token_hashes(strict.target)
        assert sha256(account.refresh_token.encode()).hexdigest() not in kept
        assert_problem(refresh(strict, account.refresh_token), 401, "invalid_token")
        assert refresh(service, lasting.refresh_token).status_code == 200
