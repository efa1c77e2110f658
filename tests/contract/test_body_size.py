"""§1, §4: MAX_BODY_BYTES."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .accounts import Session, sign_up
from .checks import assert_problem
from .raw import connect, ends, head, read_answer, send
from .service import Service
from .target import Target
from .test_items import ITEMS

JSON = {"Content-Type": "application/json"}
MOST = 1000


@pytest.fixture(scope="module")
def small(target: Target) -> Iterator[Service]:
    with Service(target, MAX_BODY_BYTES=str(MOST)) as running:
        yield running


@pytest.fixture
def user(small: Service) -> Session:
    return sign_up(small)


def body_of(size: int) -> bytes:
    return b'{"title": "x"}'.ljust(size)


def in_chunks(body: bytes) -> Iterator[bytes]:
    yield from (body[start : start + 100] for start in range(0, len(body), 100))


def test_largest_body_is_accepted(small: Service, user: Session) -> None:
    for content in (body_of(MOST), in_chunks(body_of(MOST))):
        response = small.post(ITEMS, content=content, headers=JSON | user.headers)
        assert response.status_code == 201


@pytest.mark.parametrize("size", [MOST + 1, 5 * MOST])
def test_larger_body_is_refused(small: Service, user: Session, size: int) -> None:
    response = small.post(ITEMS, content=body_of(size), headers=JSON | user.headers)
    assert_problem(response, 413, "body_too_large")


@pytest.mark.parametrize("size", [MOST + 1, 5 * MOST])
def test_larger_body_in_chunks_is_refused(small: Service, user: Session, size: int) -> None:
    response = small.post(ITEMS, content=in_chunks(body_of(size)), headers=JSON | user.headers)
    assert_problem(response, 413, "body_too_large")


@pytest.mark.local_accounts
@pytest.mark.parametrize("route", ["register", "login", "refresh", "logout"])
def test_anonymous_bodies_are_bounded(small: Service, route: str) -> None:
    response = small.post(f"/api/v1/auth/{route}", content=body_of(MOST + 1), headers=JSON)
    assert_problem(response, 413, "body_too_large")


def test_announced_body_is_not_awaited(small: Service, user: Session) -> None:
    headers = JSON | user.headers | {"Content-Length": str(10**9)}
    with connect(small) as connection:
        send(connection, head(small, "POST", ITEMS, headers))
        response = read_answer(connection, small, method="POST", target=ITEMS)
        assert_problem(response, 413, "body_too_large")
        assert ends(connection), "what follows would be read as a request"


def test_anonymous_body_is_read_within_the_bound(small: Service) -> None:
    """The caller is refused before that; the rest is no part of the next request."""
    headers = JSON | {"Transfer-Encoding": "chunked"}
    with connect(small) as connection:
        send(connection, head(small, "POST", ITEMS, headers))
        response = read_answer(connection, small, method="POST", target=ITEMS)
        assert_problem(response, 401, "unauthenticated")
        for _ in range(100):
            send(connection, b"200\r\n" + b" " * 0x200 + b"\r\n")
        assert ends(connection), "read without an end"


def test_endless_body_is_cut_off(small: Service, user: Session) -> None:
    headers = JSON | user.headers | {"Transfer-Encoding": "chunked"}
    with connect(small) as connection:
        send(connection, head(small, "POST", ITEMS, headers))
        for _ in range(3):
            send(connection, b"200\r\n" + b" " * 0x200 + b"\r\n")
        response = read_answer(connection, small, method="POST", target=ITEMS)
    assert_problem(response, 413, "body_too_large")


def test_service_goes_on_after_refusals(small: Service, user: Session) -> None:
    small.post(ITEMS, content=body_of(5 * MOST), headers=JSON | user.headers)
    assert small.post(ITEMS, json={"title": "x"}, headers=user.headers).status_code == 201


def test_default_is_one_mebibyte(service: Service, session: Session) -> None:
    headers = JSON | session.headers
    assert service.post(ITEMS, content=body_of(2**20), headers=headers).status_code == 201
    response = service.post(ITEMS, content=body_of(2**20 + 1), headers=headers)
    assert_problem(response, 413, "body_too_large")
