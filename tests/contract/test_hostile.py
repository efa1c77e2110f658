"""§3, §4: no input stops the service for others, is answered with a 5xx, or gets more than it sent.

The inputs are in `hostile.py`. Nobody who sends them needs an account; where the caller is asked
first, a signed-in one sends them as well.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from http.client import HTTPException
from pathlib import Path

import httpx
import pytest

from . import hostile
from .accounts import Account, Session, change_password, fresh_email, log_in, open_account, register
from .checks import MOST_BYTES, assert_problem, pointers
from .hostile import Attack
from .raw import connect, exchange, read_answer, send
from .service import Service, at_once
from .target import Target
from .test_items import ITEMS

LIVE = "/health/live"
PROBLEM = "application/problem+json"
ALLOWED_SECONDS = 0.25  # that others wait longer than without it
LONGEST_ANSWER_SECONDS = 3.0
TRIES = 3  # the machine of the tests has other work, too
CERTAIN_SECONDS = 5.0  # no other work explains that


class Ring:
    """A service with somebody who looks at how it is while it is attacked."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.idle = min(self._look() for _ in range(20))
        self._pool = ThreadPoolExecutor(1)

    def attack(self, attack: Attack) -> httpx.Response:
        """Return the answer, after checking what others noticed of it."""
        for _ in range(TRIES):
            start, worked = time.monotonic(), self._worked()
            sent = self._pool.submit(self._send, attack)
            slowest = 0.0
            while not wait([sent], timeout=0.01).done:
                slowest = max(slowest, self._look())
            # On a busy machine others wait for the machine, too: not for what was not computed.
            waited = min(slowest - self.idle, self._worked() - worked)
            taken = time.monotonic() - start
            if waited <= ALLOWED_SECONDS and taken <= LONGEST_ANSWER_SECONDS:
                return sent.result()
            if waited > CERTAIN_SECONDS:
                break
        raise AssertionError(f"others wait {waited:.2f} s, the answer takes {taken:.2f} s")

    def close(self) -> None:
        self._pool.shutdown()

    def _send(self, attack: Attack) -> httpx.Response:
        length = {} if "Transfer-Encoding" in attack.headers else length_of(attack.body)
        return exchange(
            self.service, attack.method, attack.target, {**attack.headers, **length}, attack.body
        )

    def _worked(self) -> float:
        """Return how many seconds of a processor the service has used."""
        assert self.service.process
        stat = Path(f"/proc/{self.service.process.pid}/stat").read_text(encoding="ascii")
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def _look(self) -> float:
        start = time.monotonic()
        assert self.service.get(LIVE, timeout=60).status_code == 200
        return time.monotonic() - start


def length_of(body: bytes) -> dict[str, str]:
    return {"Content-Length": str(len(body))} if body else {}


@pytest.fixture(scope="module")
def ring(service: Service) -> Iterator[Ring]:
    ring = Ring(service)
    yield ring
    ring.close()


@pytest.fixture(scope="module")
def believing_ring(proxied: Service) -> Iterator[Ring]:
    ring = Ring(proxied)
    yield ring
    ring.close()


@pytest.fixture(scope="module")
def account(service: Service) -> Account:
    """Whose password nobody changes: every try is refused."""
    return open_account(service)


def assert_harmless(ring: Ring, attack: Attack, session: Session | None = None) -> httpx.Response:
    if session:
        attack = replace(attack, headers={**attack.headers, **session.headers})
    response = ring.attack(attack)
    assert response.status_code < 500, response.text
    assert len(response.content) <= most_bytes(ring, attack)
    if response.status_code >= 400:
        assert_problem(response, response.status_code, response.json()["code"])
    return response


def most_bytes(ring: Ring, attack: Attack) -> int:
    """Return how long an answer may be: a page that is asked for as it is, not several times."""
    if attack.method == "GET" and attack.target in {"/docs", "/openapi.json"}:
        return len(ring.service.get(attack.target).content) + MOST_BYTES
    return MOST_BYTES


@pytest.mark.local_accounts
class TestAccounts:
    """Without signing in: these routes read a body of anybody."""

    @pytest.mark.parametrize("text", hostile.TEXTS)
    @pytest.mark.parametrize("fields", hostile.FIELDS)
    def test_text_is_harmless(self, ring: Ring, fields: str, text: str) -> None:
        attack = hostile.with_text(hostile.FIELDS[fields], hostile.TEXTS[text])
        response = assert_harmless(ring, attack)
        assert response.status_code in {204, 401, 422}

    @pytest.mark.parametrize("body", hostile.BODIES)
    def test_body_is_harmless(self, ring: Ring, body: str) -> None:
        attack = hostile.with_body("/api/v1/auth/login", hostile.BODIES[body])
        assert assert_harmless(ring, attack).status_code in {400, 422}

    @pytest.mark.parametrize("coding", hostile.CODINGS)
    def test_coding_is_harmless(self, ring: Ring, coding: str) -> None:
        attack = hostile.with_coding("/api/v1/auth/register", hostile.CODINGS[coding])
        assert assert_harmless(ring, attack).status_code in {400, 415, 422}

    @pytest.mark.parametrize("chunks", hostile.CHUNKS)
    def test_chunks_are_harmless(self, ring: Ring, chunks: str) -> None:
        response = ring.attack(hostile.in_chunks("/api/v1/auth/login", hostile.CHUNKS[chunks]))
        # How much of this a server takes is the business of its parser, which knows no problems.
        assert response.status_code in {400, 413, 422, 431}
        assert len(response.content) <= MOST_BYTES

    def test_bomb_is_harmless(self, ring: Ring) -> None:
        response = assert_harmless(ring, hostile.bomb("/api/v1/auth/login"))
        assert_problem(response, 415, "unsupported_media_type")

    @pytest.mark.parametrize("text", ["combining-marks", "hangul", "growing-in-nfc", "spaces"])
    @pytest.mark.parametrize("fields", hostile.PASSWORD_FIELDS)
    def test_new_password_is_harmless(
        self, ring: Ring, account: Account, fields: str, text: str
    ) -> None:
        attack = hostile.with_text(hostile.PASSWORD_FIELDS[fields], hostile.TEXTS[text])
        assert assert_harmless(ring, attack, account).status_code == 422


class TestSignedIn:
    @pytest.mark.parametrize("text", hostile.TEXTS)
    @pytest.mark.parametrize("fields", hostile.SIGNED_IN_FIELDS)
    def test_text_is_harmless(self, ring: Ring, anyone: Session, fields: str, text: str) -> None:
        attack = hostile.with_text(hostile.SIGNED_IN_FIELDS[fields], hostile.TEXTS[text])
        assert assert_harmless(ring, attack, anyone).status_code in {201, 400, 422}

    @pytest.mark.parametrize("body", hostile.BODIES)
    def test_body_is_harmless(self, ring: Ring, anyone: Session, body: str) -> None:
        attack = hostile.with_body(ITEMS, hostile.BODIES[body])
        response = assert_harmless(ring, attack, anyone)
        assert response.status_code in {201, 400, 422}

    @pytest.mark.parametrize("query", hostile.QUERIES)
    def test_query_is_harmless(self, ring: Ring, anyone: Session, query: str) -> None:
        target = f"{ITEMS}?{hostile.short(hostile.QUERIES[query])}"
        response = assert_harmless(ring, Attack("GET", target), anyone)
        assert response.status_code in {200, 422}

    @pytest.mark.parametrize("cursor", hostile.CURSORS)
    def test_cursor_is_harmless(self, ring: Ring, anyone: Session, cursor: str) -> None:
        target = f"{ITEMS}?{hostile.cursor(hostile.CURSORS[cursor])}"
        response = assert_harmless(ring, Attack("GET", target), anyone)
        assert_problem(response, 422, "invalid_request")

    @pytest.mark.parametrize("path", hostile.PATHS)
    def test_path_is_harmless(self, ring: Ring, anyone: Session, path: str) -> None:
        attack = Attack("GET", hostile.short(hostile.PATHS[path]))
        assert_harmless(ring, attack, anyone)


class TestAnybody:
    @pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
    @pytest.mark.parametrize("path", hostile.PATHS)
    def test_path_is_harmless(self, ring: Ring, path: str, method: str) -> None:
        attack = Attack(method, hostile.short(hostile.PATHS[path]))
        assert_harmless(ring, attack)

    @pytest.mark.parametrize("body", hostile.BODIES)
    def test_body_is_not_even_read(self, ring: Ring, body: str) -> None:
        response = assert_harmless(ring, hostile.with_body(ITEMS, hostile.BODIES[body]))
        assert_problem(response, 401, "unauthenticated")

    @pytest.mark.parametrize("query", ["parameters", "nested", "limit-of-digits"])
    @pytest.mark.parametrize("path", ["/health/ready", "/metrics", "/docs", "/nothing"])
    def test_query_is_harmless(self, ring: Ring, path: str, query: str) -> None:
        target = f"{path}?{hostile.short(hostile.QUERIES[query])}"
        response = ring.attack(Attack("GET", target))
        assert response.status_code in {200, 404}

    @pytest.mark.parametrize("header", hostile.HEADERS)
    def test_header_is_harmless(self, ring: Ring, header: str) -> None:
        assert_harmless(ring, hostile.with_header(hostile.HEADERS[header]))

    @pytest.mark.parametrize("path", [LIVE, ITEMS, "/nothing"])
    def test_many_headers_are_harmless(self, ring: Ring, path: str) -> None:
        assert_harmless(ring, hostile.many_headers(path))
        assert_harmless(ring, hostile.long_header_name(path))

    @pytest.mark.parametrize("header", hostile.TOKEN_HEADERS)
    def test_token_is_harmless(self, ring: Ring, header: str) -> None:
        attack = hostile.with_token_header(hostile.TOKEN_HEADERS[header])
        response = assert_harmless(ring, attack)
        assert_problem(response, 401, "invalid_token")

    @pytest.mark.parametrize("header", hostile.FORWARDED)
    def test_forwarded_address_is_harmless(self, believing_ring: Ring, header: str) -> None:
        attack = hostile.with_header(hostile.FORWARDED[header])
        response = assert_harmless(believing_ring, attack)
        assert response.status_code == 404


@pytest.mark.local_accounts
class TestEndlessPassword:
    """Normalising takes quadratic time, so that it has a bound: twelve letters are enough."""

    ENDLESS = "a" + "\u0301\u0316" * 300

    def test_is_a_wrong_one(self, service: Service, account: Account) -> None:
        for email in (account.email, fresh_email()):
            answer = log_in(service, email, self.ENDLESS)
            assert_problem(answer, 401, "invalid_credentials")
        answer = change_password(service, account, self.ENDLESS, "x" * 20)
        problem = assert_problem(answer, 422, "invalid_request")
        assert problem["errors"] == [{"pointer": "/current_password", "detail": "is wrong"}]

    def test_takes_the_time_of_a_wrong_one(self, service: Service, account: Account) -> None:
        def best(password: str) -> float:
            answers = (log_in(service, account.email, password) for _ in range(5))
            return min(answer.elapsed.total_seconds() for answer in answers)

        assert best(self.ENDLESS) > best("a wrong password") / 3

    def test_is_no_new_one(self, service: Service, account: Account) -> None:
        for answer, pointer in (
            (register(service, fresh_email(), self.ENDLESS), "/password"),
            (change_password(service, account, account.password, self.ENDLESS), "/new_password"),
        ):
            problem = assert_problem(answer, 422, "invalid_request")
            assert pointers(problem) == {pointer}
            assert problem["errors"][0]["detail"] == "must have 12 to 128 characters"


@pytest.mark.local_accounts
def test_flood_of_logins_has_no_endless_queue(target: Target) -> None:
    """Two hashes at a time: who would wait for long is told so, and the next one is served."""
    timeout = 2
    # The time of a client is not that of the service: who waits for longer is answered as well.
    settings = {"DATABASE_TIMEOUT_SECONDS": str(timeout), "REQUEST_TIMEOUT_SECONDS": "1"}
    with Service(target, **settings) as service:
        email = fresh_email()
        alone = min(log_in(service, email, "x" * 12).elapsed.total_seconds() for _ in range(3))
        # As much as takes three times as long as anybody waits.
        count = min(250, int(2 * 3 * timeout / alone) + 10)
        service.http.close()
        unlimited = httpx.Limits(max_connections=None)
        service.http = httpx.Client(
            base_url=service.url, timeout=30, limits=unlimited, trust_env=False
        )
        answers = at_once(count, lambda _: log_in(service, email, "x" * 12))
        codes = {answer.json()["code"] for answer in answers}
        assert codes == {"invalid_credentials", "unavailable"}
        for answer in answers:
            if answer.status_code == 503:
                assert_problem(answer, 503, "unavailable")
        assert max(answer.elapsed.total_seconds() for answer in answers) < timeout + 4
        assert_problem(log_in(service, email, "x" * 12), 401, "invalid_credentials")


# What a server need not parse: (head and body as they go out, whether it may be taken for good).
UNPARSABLE = {
    "line-of-spaces": b"GET" + b" " * 12_000 + b"/health/live HTTP/1.1\r\n\r\n",
    "no-version": b"GET " + b"/" * 12_000 + b"\r\n\r\n",
    "long-method": b"G" * 12_000 + b" / HTTP/1.1\r\nHost: x\r\n\r\n",
    "folded-header": b"GET / HTTP/1.1\r\nHost: x\r\nX: a" + b"\r\n b" * 3000 + b"\r\n\r\n",
    "colons": b"GET / HTTP/1.1\r\nHost: x\r\n" + b":" * 12_000 + b"\r\n\r\n",
    "long-length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 12_000 + b"\r\n\r\n",
    "negative-length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "two-lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "length-and-chunks": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "coding-unknown": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\nxx",
    "huge-chunk": b"POST /api/v1/items HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    + b"f" * 40
    + b"\r\nx",
    "http-2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    "newlines": b"\r\n" * 20_000,
    "nulls": bytes(20_000),
}


@pytest.mark.parametrize("sent", UNPARSABLE.values(), ids=UNPARSABLE)
def test_what_is_no_request_is_harmless(service: Service, sent: bytes) -> None:
    with connect(service, seconds=1) as connection:
        send(connection, sent)
        try:
            response = read_answer(connection, service, method="GET", target="/")
        except (HTTPException, OSError):
            response = None  # hung up, or still waiting for more
    assert response is None or response.status_code < 500
    assert service.get(LIVE).status_code == 200
