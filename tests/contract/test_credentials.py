"""§3: e-mail addresses and passwords."""

from __future__ import annotations

import json
import secrets
import uuid

import httpx
import pytest

from .accounts import fresh_email, fresh_password, log_in, register
from .checks import assert_problem, pointers
from .service import Service, at_once

pytestmark = pytest.mark.local_accounts

# `{}` becomes unique, so that no two runs take the same address.
ACCEPTED = [
    "{}@example.com",
    "{}@example.test",
    "{}@sub.domain.example",
    "{}@example.invalid",
    "{}@x.co",
    "{}@ex-ample.com",
    "{}@123.example",
    "{}+tag@example.com",
    "first.last.{}@example.com",
    "under_score-{}@example.com",
    "o'hara.{}@example.com",
    "!#$%&*/=?^`{{|}}~{}@example.com",
    "1{}@example.com",
]
REFUSED = {
    "empty": "",
    "no-at": "example.com",
    "no-local": "@example.com",
    "no-domain": "ann@",
    "no-dot": "ann@localhost",
    "two-ats": "ann@bea@example.com",
    "space": "an n@example.com",
    "space-in-domain": "ann@exam ple.com",
    "name-and-address": "Ann <ann@example.com>",
    "two-addresses": "ann@example.com,bea@example.com",
    "quoted": '"ann"@example.com',
    "quoted-at": '"ann@home"@example.com',
    "comment": "ann(home)@example.com",
    "comment-in-domain": "ann@(home)example.com",
    "local-not-ascii": "änn@example.com",
    "domain-not-ascii": "ann@exämple.com",
    "full-width-at": "ann\uff20example.com",
    "full-width-letters": "\uff41nn@example.com",
    "zero-width": "ann\u200b@example.com",
    "newline": "ann@example.com\n",
    "header": "ann@example.com\r\nBcc: bea@example.com",
    "null": "ann\u0000@example.com",
    "delete": "ann\u007f@example.com",
}


def unique(pattern: str) -> str:
    return pattern.format(uuid.uuid4().hex[:12])


def long_email(length: int) -> str:
    """Return an address whose local part and labels are within the limits of the DNS."""
    local = uuid.uuid4().hex * 2
    labels, rest = [], length - len(local) - len("@.co")
    while rest > 0:
        labels.append("d" * min(63, rest))
        rest -= 64
    return f"{local}@{'.'.join(labels)}.co"


def register_text(service: Service, text: str) -> httpx.Response:
    headers = {"Content-Type": "application/json"}
    return service.post("/api/v1/auth/register", content=text.encode(), headers=headers)


class TestEmail:
    @pytest.mark.parametrize("pattern", ACCEPTED)
    def test_is_accepted(self, service: Service, pattern: str) -> None:
        email = unique(pattern)
        response = register(service, email, fresh_password())
        assert response.status_code == 201, response.text
        assert response.json()["email"] == email

    @pytest.mark.parametrize("email", REFUSED.values(), ids=REFUSED)
    def test_is_refused(self, service: Service, email: str) -> None:
        response = register(service, email, fresh_password())
        assert pointers(assert_problem(response, 422, "invalid_request")) == {"/email"}

    def test_length_is_bounded(self, service: Service) -> None:
        assert len(long_email(254)) == 254
        assert register(service, long_email(254), fresh_password()).status_code == 201
        response = register(service, long_email(255), fresh_password())
        assert pointers(assert_problem(response, 422, "invalid_request")) == {"/email"}

    def test_case_makes_no_difference(self, service: Service) -> None:
        email, password = fresh_email(), fresh_password()
        response = register(service, email.upper(), password)
        assert (response.status_code, response.json()["email"]) == (201, email)
        assert_problem(register(service, email.title(), password), 409, "email_taken")
        assert log_in(service, email.swapcase(), password).status_code == 200

    def test_parallel_registrations_make_one_account(self, service: Service) -> None:
        for _ in range(2):
            email, passwords = fresh_email(), [fresh_password() for _ in range(6)]

            def attempt(
                number: int, email: str = email, passwords: list[str] = passwords
            ) -> httpx.Response:
                spelling = email.upper() if number % 2 else email
                return register(service, spelling, passwords[number])

            answers = at_once(len(passwords), attempt)
            assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
            for password, answer in zip(passwords, answers, strict=True):
                if answer.status_code == 409:
                    assert_problem(answer, 409, "email_taken")
                entered = log_in(service, email, password).status_code == 200
                assert entered == (answer.status_code == 201)


class TestPassword:
    @pytest.mark.parametrize(
        "letter", ["x", " ", "\U0001f511", "\t", "\u2028", "ß", "\u007f"], ids=ascii
    )
    def test_code_points_count(self, service: Service, letter: str) -> None:
        assert_problem(register(service, fresh_email(), letter * 11), 422, "invalid_request")
        assert_problem(register(service, fresh_email(), letter * 129), 422, "invalid_request")
        for length in (12, 128):
            email = fresh_email()
            assert register(service, email, letter * length).status_code == 201
            assert log_in(service, email, letter * length).status_code == 200

    def test_counts_after_normalisation(self, service: Service) -> None:
        assert_problem(register(service, fresh_email(), "e\u0301" * 11), 422, "invalid_request")
        assert register(service, fresh_email(), "e\u0301" * 128).status_code == 201

    def test_spellings_of_a_letter_are_equal(self, service: Service) -> None:
        end = secrets.token_hex(8)
        decomposed, composed = f"cafe\u0301-{end}", f"caf\u00e9-{end}"
        email, other = fresh_email(), fresh_email()
        register(service, email, decomposed)
        register(service, other, composed)
        assert log_in(service, email, composed).status_code == 200
        assert log_in(service, other, decomposed).status_code == 200

    def test_compatible_letters_stay_different(self, service: Service) -> None:
        end = secrets.token_hex(8)
        email = fresh_email()
        register(service, email, f"\ufb01sh-{end}")
        assert_problem(log_in(service, email, f"fish-{end}"), 401, "invalid_credentials")

    def test_spaces_around_it_count(self, service: Service) -> None:
        email, password = fresh_email(), f" {fresh_password()} "
        assert register(service, email, password).status_code == 201
        assert log_in(service, email, password).status_code == 200
        assert_problem(log_in(service, email, password.strip()), 401, "invalid_credentials")

    def test_all_of_it_counts(self, service: Service) -> None:
        email, password = fresh_email(), secrets.token_hex(64)
        assert register(service, email, password).status_code == 201
        changed = password[:-1] + ("0" if password[-1] != "0" else "1")
        assert_problem(log_in(service, email, changed), 401, "invalid_credentials")

    @pytest.mark.parametrize("escape", ["\\u0000", "\\ud800", "\\udc00"])
    @pytest.mark.parametrize("route", ["register", "login"])
    def test_impossible_characters_are_refused(
        self, service: Service, route: str, escape: str
    ) -> None:
        text = f'{{"email": "{fresh_email()}", "password": "password-{escape}-1"}}'
        headers = {"Content-Type": "application/json"}
        response = service.post(f"/api/v1/auth/{route}", content=text.encode(), headers=headers)
        assert pointers(assert_problem(response, 422, "invalid_request")) == {"/password"}

    def test_refusal_does_not_repeat_it(self, service: Service) -> None:
        password = f"pw-{secrets.token_hex(4)}"[:11]
        response = register(service, fresh_email(), password)
        assert_problem(response, 422, "invalid_request")
        assert password not in response.text


class TestRegister:
    def test_answer_is_the_user(self, service: Service) -> None:
        email = fresh_email()
        response = register(service, email, fresh_password())
        assert response.status_code == 201
        user = response.json()
        assert user.keys() == {"id", "email", "role", "created_at"}
        assert (user["email"], user["role"]) == (email, "user")
        assert uuid.UUID(user["id"]).version == 7

    def test_taken_email_is_a_conflict(self, service: Service) -> None:
        email = fresh_email()
        assert register(service, email, fresh_password()).status_code == 201
        assert_problem(register(service, email, fresh_password()), 409, "email_taken")

    @pytest.mark.parametrize("field", ["role", "id", "created_at", "disabled", "is_admin"])
    def test_unknown_fields_are_refused(self, service: Service, field: str) -> None:
        body = {"email": fresh_email(), "password": fresh_password(), field: "admin"}
        response = service.post("/api/v1/auth/register", json=body)
        assert f"/{field}" in pointers(assert_problem(response, 422, "invalid_request"))
        answer = log_in(service, body["email"], body["password"])
        assert_problem(answer, 401, "invalid_credentials")

    @pytest.mark.parametrize("value", [None, 5, True, [], {}], ids=repr)
    @pytest.mark.parametrize("field", ["email", "password"])
    def test_values_are_not_converted(self, service: Service, field: str, value: object) -> None:
        body = {"email": fresh_email(), "password": fresh_password(), field: value}
        response = service.post("/api/v1/auth/register", json=body)
        assert pointers(assert_problem(response, 422, "invalid_request")) == {f"/{field}"}

    @pytest.mark.parametrize("route", ["register", "login"])
    def test_both_fields_are_required(self, service: Service, route: str) -> None:
        response = service.post(f"/api/v1/auth/{route}", json={})
        problem = assert_problem(response, 422, "invalid_request")
        assert pointers(problem) == {"/email", "/password"}

    def test_duplicate_member_is_no_fault(self, service: Service) -> None:
        text = json.dumps({"email": fresh_email(), "password": fresh_password()})
        assert register_text(service, text[:-1] + ', "email": 5}').status_code < 500
