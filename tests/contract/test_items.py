"""§2, §3: one item."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from .accounts import Session, sign_up
from .checks import assert_problem, assert_standard_headers, moment, pointers
from .service import Service, eventually

ITEMS = "/api/v1/items"
MEMBERS = {"id", "title", "description", "created_at", "updated_at"}


def create(service: Service, session: Session, **body: object) -> dict[str, Any]:
    response = service.post(ITEMS, json={"title": "a title", **body}, headers=session.headers)
    assert response.status_code == 201, response.text
    item: dict[str, Any] = response.json()
    return item


def read(service: Service, session: Session, item: Mapping[str, Any]) -> httpx.Response:
    return service.get(f"{ITEMS}/{item['id']}", headers=session.headers)


def change(
    service: Service, session: Session, item: Mapping[str, Any], body: object
) -> httpx.Response:
    return service.patch(f"{ITEMS}/{item['id']}", json=body, headers=session.headers)


class TestCreateItem:
    def test_answer_holds_the_item(self, service: Service, session: Session) -> None:
        body = {"title": "Milk", "description": "two\nlitres\tof it"}
        response = service.post(ITEMS, json=body, headers=session.headers)
        assert response.status_code == 201
        item = response.json()
        assert item.keys() == MEMBERS
        assert (item["title"], item["description"]) == ("Milk", "two\nlitres\tof it")
        assert read(service, session, item).json() == item
        assert_standard_headers(response)

    def test_location_leads_to_the_item(self, service: Service, session: Session) -> None:
        response = service.post(ITEMS, json={"title": "Milk"}, headers=session.headers)
        location = urlsplit(response.headers["Location"])
        assert location.path == f"{ITEMS}/{response.json()['id']}"
        assert location.netloc in {"", f"127.0.0.1:{service.port}"}

    def test_description_defaults_to_null(self, service: Service, session: Session) -> None:
        assert create(service, session)["description"] is None

    def test_identifier_is_a_version_7_uuid(self, service: Service, session: Session) -> None:
        identifier = create(service, session)["id"]
        assert str(uuid.UUID(identifier)) == identifier
        assert uuid.UUID(identifier).version == 7

    def test_times_are_utc_with_fraction(self, service: Service, session: Session) -> None:
        item = create(service, session)
        created, updated = moment(item["created_at"]), moment(item["updated_at"])
        assert abs(datetime.now(UTC) - created) < timedelta(minutes=1)
        assert updated >= created


class TestForeignItem:
    @pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
    def test_looks_like_no_item(self, service: Service, session: Session, method: str) -> None:
        foreign = create(service, sign_up(service))
        body = {"title": "mine now"} if method == "PATCH" else None
        answers = [
            service.request(method, f"{ITEMS}/{key}", headers=session.headers, json=body)
            for key in (foreign["id"], uuid.uuid4())
        ]
        problems = [assert_problem(answer, 404, "not_found") for answer in answers]
        for problem in problems:
            del problem["instance"], problem["request_id"]
        assert problems[0] == problems[1]

    def test_survives_the_attempts(self, service: Service, session: Session) -> None:
        owner = sign_up(service)
        item = create(service, owner)
        change(service, session, item, {"title": "mine now"})
        service.delete(f"{ITEMS}/{item['id']}", headers=session.headers)
        assert read(service, owner, item).json() == item


class TestChangeItem:
    def test_only_given_fields_change(self, service: Service, session: Session) -> None:
        item = create(service, session, title="Milk", description="two litres")
        response = change(service, session, item, {"title": "Oat milk"})
        assert response.status_code == 200
        changed = response.json()
        assert changed["title"] == "Oat milk"
        for member in ("id", "description", "created_at"):
            assert changed[member] == item[member]
        assert read(service, session, item).json() == changed

    def test_change_moves_updated_at(self, service: Service, session: Session) -> None:
        item = create(service, session)

        def moved() -> bool:
            answer = change(service, session, item, {"title": uuid.uuid4().hex})
            return moment(answer.json()["updated_at"]) > moment(item["updated_at"])

        assert eventually(moved)

    def test_empty_object_changes_nothing(self, service: Service, session: Session) -> None:
        item = create(service, session, description="stays")
        response = change(service, session, item, {})
        assert (response.status_code, response.json()) == (200, item)

    def test_null_clears_the_description(self, service: Service, session: Session) -> None:
        item = create(service, session, title="Milk", description="two litres")
        changed = change(service, session, item, {"description": None}).json()
        assert (changed["title"], changed["description"]) == ("Milk", None)

    def test_null_title_is_refused(self, service: Service, session: Session) -> None:
        item = create(service, session)
        problem = assert_problem(
            change(service, session, item, {"title": None}), 422, "invalid_request"
        )
        assert pointers(problem) == {"/title"}
        assert read(service, session, item).json() == item

    def test_refused_change_changes_nothing(self, service: Service, session: Session) -> None:
        item = create(service, session)
        response = change(service, session, item, {"title": "new", "description": "x" * 2001})
        assert pointers(assert_problem(response, 422, "invalid_request")) == {"/description"}
        assert read(service, session, item).json() == item


class TestDeleteItem:
    def test_deleted_item_is_gone(self, service: Service, session: Session) -> None:
        item = create(service, session)
        url = f"{ITEMS}/{item['id']}"
        response = service.delete(url, headers=session.headers)
        assert (response.status_code, response.content) == (204, b"")
        assert_standard_headers(response)
        assert_problem(read(service, session, item), 404, "not_found")
        assert_problem(service.delete(url, headers=session.headers), 404, "not_found")


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "identifier",
    [
        "1",
        "abc",
        "018f",
        "not-a-uuid-not-a-uuid-not-a-uuid-not",
        "018f6e9c-0000-7000-8000-00000000000g",
    ],
)
def test_identifier_must_be_a_uuid(
    service: Service, anyone: Session, method: str, identifier: str
) -> None:
    body: object = {} if method == "PATCH" else None
    response = service.request(method, f"{ITEMS}/{identifier}", headers=anyone.headers, json=body)
    assert_problem(response, 422, "invalid_request")
