"""§2, §5: log in, log out, change the password."""

from __future__ import annotations

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from .accounts import (
    Account,
    change_password,
    fresh_email,
    fresh_password,
    log_in,
    log_out,
    open_account,
    refresh,
    signed_in,
    user_command,
)
from .checks import assert_problem, assert_standard_headers, pointers
from .service import Service, at_once

pytestmark = pytest.mark.local_accounts


class TestLogIn:
    def test_answer_is_a_token_pair(self, service: Service) -> None:
        account = open_account(service)
        response = log_in(service, account.email, account.password)
        pair = response.json()
        assert pair.keys() == {"access_token", "token_type", "expires_in", "refresh_token"}
        assert (pair["token_type"], pair["expires_in"]) == ("Bearer", 900)
        assert_standard_headers(response)

    def test_unknown_email_looks_like_wrong_password(self, service: Service) -> None:
        account = open_account(service)
        answers = [
            log_in(service, email, fresh_password()) for email in (account.email, fresh_email())
        ]
        problems = [assert_problem(answer, 401, "invalid_credentials") for answer in answers]
        for problem in problems:
            del problem["request_id"]
        assert problems[0] == problems[1]

    @pytest.mark.parametrize("password", ["", "x", "x" * 129, "x" * 1000], ids=len)
    def test_applies_no_policy(self, service: Service, password: str) -> None:
        account = open_account(service)
        assert_problem(log_in(service, account.email, password), 401, "invalid_credentials")

    def test_unknown_fields_are_refused(self, service: Service) -> None:
        account = open_account(service)
        body = {**account.credentials, "remember": True}
        response = service.post("/api/v1/auth/login", json=body)
        assert pointers(assert_problem(response, 422, "invalid_request")) == {"/remember"}

    def test_takes_equally_long_for_unknown_email(self, service: Service) -> None:
        account = open_account(service)

        def seconds(email: str) -> float:
            start = time.perf_counter()
            log_in(service, email, fresh_password())
            return time.perf_counter() - start

        # By turns, so that what else the machine does hits both.
        pairs = [(seconds(account.email), seconds(fresh_email())) for _ in range(7)]
        known, unknown = (statistics.median(times) for times in zip(*pairs, strict=True))
        assert 0.4 < unknown / known < 2.5

    def test_hashing_does_not_stop_the_service(self, service: Service) -> None:
        def login(_: int) -> int:
            return log_in(service, fresh_email(), fresh_password()).status_code

        with ThreadPoolExecutor(20) as pool:
            logins = [pool.submit(login, n) for n in range(20)]
            waits = []
            while not all(done.done() for done in logins):
                waits.append(service.get("/health/live").elapsed.total_seconds())
        assert {done.result() for done in logins} == {401}
        # 20 hashes in a row take about a second.
        assert statistics.median(waits) < 0.25, waits


class TestLogOut:
    def test_ends_the_whole_family(self, service: Service) -> None:
        account = open_account(service)
        newer = refresh(service, account.refresh_token).json()["refresh_token"]
        response = log_out(service, account.refresh_token)
        assert (response.status_code, response.content) == (204, b"")
        assert_problem(refresh(service, newer), 401, "invalid_token")

    def test_other_logins_go_on(self, service: Service) -> None:
        account = open_account(service)
        other = signed_in(service, account.email, account.password)
        log_out(service, account.refresh_token)
        assert refresh(service, other.refresh_token).status_code == 200

    def test_unknown_token_is_no_error(self, service: Service) -> None:
        account = open_account(service)
        unknown = account.refresh_token[:-4] + "AAAA"
        assert log_out(service, unknown).status_code == 204
        assert refresh(service, account.refresh_token).status_code == 200

    def test_may_be_repeated(self, service: Service) -> None:
        account = open_account(service)
        for _ in range(2):
            assert log_out(service, account.refresh_token).status_code == 204

    @pytest.mark.parametrize("route", ["refresh", "logout"])
    @pytest.mark.parametrize("body", [{}, {"refresh_token": None}, {"refresh_token": 5}], ids=str)
    def test_token_is_required(self, service: Service, route: str, body: dict[str, object]) -> None:
        response = service.post(f"/api/v1/auth/{route}", json=body)
        problem = assert_problem(response, 422, "invalid_request")
        assert pointers(problem) == {"/refresh_token"}

    @pytest.mark.parametrize("route", ["refresh", "logout"])
    @pytest.mark.parametrize("escape", ["\\u0000", "x\\u0000y", "\\ud800"])
    def test_impossible_characters_are_refused(
        self, service: Service, route: str, escape: str
    ) -> None:
        text = f'{{"refresh_token": "{escape}"}}'
        headers = {"Content-Type": "application/json"}
        response = service.post(f"/api/v1/auth/{route}", content=text, headers=headers)
        assert_problem(response, 422, "invalid_request")


class TestChangePassword:
    def test_new_password_replaces_the_old(self, service: Service) -> None:
        account, new = open_account(service), fresh_password()
        response = change_password(service, account, account.password, new)
        assert (response.status_code, response.content) == (204, b"")
        old = log_in(service, account.email, account.password)
        assert_problem(old, 401, "invalid_credentials")
        assert log_in(service, account.email, new).status_code == 200

    def test_ends_every_refresh_token(self, service: Service) -> None:
        account = open_account(service)
        other = signed_in(service, account.email, account.password)
        change_password(service, account, account.password, fresh_password())
        for token in (account.refresh_token, other.refresh_token):
            assert_problem(refresh(service, token), 401, "invalid_token")

    def test_wrong_current_password_is_named(self, service: Service) -> None:
        account, new = open_account(service), fresh_password()
        for wrong in (fresh_password(), "x"):
            body = {"current_password": wrong, "new_password": new}
            response = service.post("/api/v1/auth/password", json=body, headers=account.headers)
            problem = assert_problem(response, 422, "invalid_request")
            assert pointers(problem) == {"/current_password"}
        assert_problem(log_in(service, account.email, new), 401, "invalid_credentials")
        assert refresh(service, account.refresh_token).status_code == 200

    @pytest.mark.parametrize("new", ["x" * 11, "x" * 129, "e\u0301" * 11], ids=ascii)
    def test_policy_applies_to_the_new_one(self, service: Service, new: str) -> None:
        account = open_account(service)
        body = {"current_password": account.password, "new_password": new}
        response = service.post("/api/v1/auth/password", json=body, headers=account.headers)
        assert pointers(assert_problem(response, 422, "invalid_request")) == {"/new_password"}
        assert refresh(service, account.refresh_token).status_code == 200

    def test_normalises_both_passwords(self, service: Service) -> None:
        account = open_account(service)
        change_password(service, account, account.password, "cafe\u0301-au-lait-1")
        response = change_password(service, account, "caf\u00e9-au-lait-1", "the\u0301-au-lait-22")
        assert response.status_code == 204
        assert log_in(service, account.email, "th\u00e9-au-lait-22").status_code == 200

    def test_one_of_two_parallel_changes_wins(self, service: Service) -> None:
        """Who has stolen a password must not keep the account when its owner changes it."""
        for _ in range(3):
            account = open_account(service)
            new = [fresh_password() for _ in range(3)]

            def change(
                number: int, account: Account = account, new: list[str] = new
            ) -> httpx.Response:
                body = {"current_password": account.password, "new_password": new[number]}
                return service.post("/api/v1/auth/password", json=body, headers=account.headers)

            answers = at_once(len(new), change)
            assert sorted(answer.status_code for answer in answers) == [204, 422, 422]
            for password, answer in zip(new, answers, strict=True):
                if answer.status_code == 422:
                    problem = assert_problem(answer, 422, "invalid_request")
                    assert pointers(problem) == {"/current_password"}
                entered = log_in(service, account.email, password).status_code == 200
                assert entered == (answer.status_code == 204)

    def test_disabled_account_changes_nothing(self, service: Service) -> None:
        """An access token outlives the disabling; what it may change does not."""
        account, new = open_account(service), fresh_password()
        assert user_command(service, "disable", account.email).returncode == 0
        body = {"current_password": account.password, "new_password": new}
        response = service.post("/api/v1/auth/password", json=body, headers=account.headers)
        assert_problem(response, 401, "invalid_token")
        assert user_command(service, "enable", account.email).returncode == 0
        assert_problem(log_in(service, account.email, new), 401, "invalid_credentials")
        assert log_in(service, account.email, account.password).status_code == 200
