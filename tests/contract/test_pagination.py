"""§3: pages."""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from .accounts import Session, sign_up
from .checks import assert_problem, moment, parameters
from .raw import exchange
from .service import Service
from .storage import crowd
from .test_items import ITEMS, create

URL_SAFE = re.compile(r"[A-Za-z0-9._~=-]+")
UNREADABLE = {
    "word": "x",
    "number": "17",
    "offset": "offset=20",
    "not-base64": "%21%21%21",
    "base64-of-nothing-known": "eyJhIjoxfQ",
    "padding": "====",
    "not-ascii": "%C3%A9",
    "not-utf-8": "%FF%FE",
    "null": "%00",
    "newline": "%0A",
    "quote": "%27%20or%201%3D1--",
    "uuid": "018f6e9c-0000-7000-8000-000000000000",
    "huge": "A" * 7000,
}


def page(service: Service, session: Session, **query: object) -> dict[str, Any]:
    response = service.get(
        ITEMS, params={k: str(v) for k, v in query.items()}, headers=session.headers
    )
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    assert body.keys() == {"items", "next_cursor"}
    return body


def walk(service: Service, session: Session, **query: object) -> Iterator[dict[str, Any]]:
    """Yield the pages until the last one."""
    found = page(service, session, **query)
    yield found
    while cursor := found["next_cursor"]:
        assert URL_SAFE.fullmatch(cursor), cursor
        found = page(service, session, cursor=cursor, **query)
        yield found


def identifiers(pages: Iterator[dict[str, Any]]) -> list[str]:
    return [item["id"] for found in pages for item in found["items"]]


def fill(service: Service, session: Session, count: int) -> list[str]:
    """Return the ids of new items in the order of creation."""
    return [create(service, session, title=f"item {n}")["id"] for n in range(count)]


class TestLimit:
    @pytest.mark.parametrize(
        "limit", ["0", "101", "-1", "1.5", "x", "", "1000000000000000000000", "null", "1e400"]
    )
    def test_out_of_bounds_is_refused(self, service: Service, anyone: Session, limit: str) -> None:
        response = service.get(ITEMS, params={"limit": limit}, headers=anyone.headers)
        assert parameters(assert_problem(response, 422, "invalid_request")) == {"limit"}

    def test_default_is_twenty(self, service: Service, session: Session) -> None:
        fill(service, session, 21)
        assert len(page(service, session)["items"]) == 20
        assert len(page(service, session, limit=100)["items"]) == 21
        assert len(page(service, session, limit=1)["items"]) == 1


class TestWalk:
    def test_no_items_is_an_empty_page(self, service: Service, session: Session) -> None:
        assert page(service, session) == {"items": [], "next_cursor": None}

    @pytest.mark.parametrize("limit", [1, 3, 4])
    def test_finds_every_item_newest_first(
        self, service: Service, session: Session, limit: int
    ) -> None:
        created = fill(service, session, 7)
        pages = list(walk(service, session, limit=limit))
        assert all(len(found["items"]) <= limit for found in pages)
        assert set(identifiers(iter(pages))) == set(created)
        assert len(identifiers(iter(pages))) == len(created)
        times = [moment(item["created_at"]) for found in pages for item in found["items"]]
        assert times == sorted(times, reverse=True)

    def test_page_size_keeps_the_order(self, service: Service, session: Session) -> None:
        fill(service, session, 7)
        whole = identifiers(walk(service, session, limit=100))
        assert identifiers(walk(service, session, limit=2)) == whole

    def test_holds_only_own_items(self, service: Service, session: Session) -> None:
        fill(service, sign_up(service), 3)
        mine = fill(service, session, 2)
        assert set(identifiers(walk(service, session, limit=1))) == set(mine)

    def test_items_added_meanwhile_disturb_nothing(
        self, service: Service, session: Session
    ) -> None:
        before = fill(service, session, 12)
        stop = threading.Event()

        def add() -> None:
            while not stop.is_set():
                create(service, session)

        adding = threading.Thread(target=add)
        adding.start()
        try:
            seen = identifiers(walk(service, session, limit=2))
        finally:
            stop.set()
            adding.join()
        assert len(seen) == len(set(seen))
        assert set(before) <= set(seen)

    def test_items_of_one_millisecond_are_told_apart(
        self, service: Service, session: Session
    ) -> None:
        """A cursor that is coarser than the rows skips some, or gives them twice."""
        title = uuid.uuid4().hex
        created = [create(service, session, title=title)["id"] for _ in range(12)]
        crowd(service.target, title)
        order = identifiers(walk(service, session, limit=100))
        assert sorted(order) == sorted(created)
        # With pages of one, each step is between two neighbours.
        for limit in (1, 5):
            assert identifiers(walk(service, session, limit=limit)) == order

    def test_deleted_items_leave_no_gap(self, service: Service, session: Session) -> None:
        fill(service, session, 6)
        order = identifiers(walk(service, session, limit=100))
        first = page(service, session, limit=2)
        # The row that the cursor points at is the hard case.
        for identifier in order[:2]:
            service.delete(f"{ITEMS}/{identifier}", headers=session.headers)
        rest = page(service, session, limit=100, cursor=first["next_cursor"])
        assert [item["id"] for item in rest["items"]] == order[2:]


class TestCursor:
    @pytest.mark.parametrize("cursor", UNREADABLE.values(), ids=UNREADABLE)
    def test_unreadable_one_is_refused(
        self, service: Service, anyone: Session, cursor: str
    ) -> None:
        response = exchange(service, "GET", f"{ITEMS}?cursor={cursor}", anyone.headers)
        assert parameters(assert_problem(response, 422, "invalid_request")) == {"cursor"}

    def test_half_of_one_is_refused(self, service: Service, session: Session) -> None:
        fill(service, session, 2)
        cursor = page(service, session, limit=1)["next_cursor"]
        for half in (cursor[: len(cursor) // 2], cursor[len(cursor) // 2 :], cursor * 2):
            response = service.get(ITEMS, params={"cursor": half}, headers=session.headers)
            assert_problem(response, 422, "invalid_request")

    def test_foreign_one_shows_own_items_only(self, service: Service, session: Session) -> None:
        other = sign_up(service)
        mine = set(fill(service, session, 2))
        fill(service, other, 3)
        cursor = page(service, other, limit=1)["next_cursor"]
        response = service.get(ITEMS, params={"cursor": cursor}, headers=session.headers)
        if response.status_code == 200:
            assert {item["id"] for item in response.json()["items"]} <= mine
        else:
            assert_problem(response, 422, "invalid_request")

    def test_forged_ones_show_own_items_only(self, service: Service, session: Session) -> None:
        mine = set(fill(service, session, 3))
        cursor = page(service, session, limit=1)["next_cursor"]
        for at, letter in enumerate(cursor):
            for other in {"A", "z", "0", "-"} - {letter}:
                forged = cursor[:at] + other + cursor[at + 1 :]
                response = service.get(ITEMS, params={"cursor": forged}, headers=session.headers)
                if response.status_code == 200:
                    assert {item["id"] for item in response.json()["items"]} <= mine, forged
                else:
                    assert_problem(response, 422, "invalid_request")

    def test_works_with_another_limit(self, service: Service, session: Session) -> None:
        fill(service, session, 5)
        order = identifiers(walk(service, session, limit=100))
        cursor = page(service, session, limit=1)["next_cursor"]
        rest = page(service, session, limit=3, cursor=cursor)
        assert [item["id"] for item in rest["items"]] == order[1:4]
