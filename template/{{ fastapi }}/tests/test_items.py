from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient

from tests.checks import assert_invalid, assert_problem

ITEMS = "/api/v1/items"


@pytest.fixture
async def item(client: AsyncClient, headers: dict[str, str]) -> dict[str, Any]:
    """Give an item of the caller."""
    body = {"title": "Tea", "description": "Green"}
    created: dict[str, Any] = (await client.post(ITEMS, json=body, headers=headers)).json()
    return created


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("POST", ""), ("GET", "/{id}"), ("PATCH", "/{id}"), ("DELETE", "/{id}")],
)
async def test_anonymous_reaches_no_item(
    client: AsyncClient, item: dict[str, Any], method: str, path: str
) -> None:
    body = {"title": "Mine"} if method in {"POST", "PATCH"} else None
    response = await client.request(method, ITEMS + path.format(**item), json=body)
    assert_problem(response, 401, "unauthenticated")


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_foreign_item_looks_like_none(
    client: AsyncClient,
    item: dict[str, Any],
    headers: dict[str, str],
    foreign_headers: dict[str, str],
    method: str,
) -> None:
    body = {"title": "Mine"} if method == "PATCH" else None
    answers = [
        await client.request(method, f"{ITEMS}/{item_id}", json=body, headers=foreign_headers)
        for item_id in (item["id"], uuid4())
    ]
    details = [assert_problem(answer, 404, "not_found")["detail"] for answer in answers]
    assert details[0] == details[1]
    assert (await client.get(f"{ITEMS}/{item['id']}", headers=headers)).json() == item


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize("item_id", ["1", "{uuid}", "00000000000000000000000000000000", "%00"])
async def test_id_must_be_a_uuid(
    client: AsyncClient, headers: dict[str, str], method: str, item_id: str
) -> None:
    body = {"title": "Tea"} if method == "PATCH" else None
    response = await client.request(method, f"{ITEMS}/{item_id}", json=body, headers=headers)
    assert_invalid(response, parameter="id")


async def test_created_item_can_be_read(client: AsyncClient, headers: dict[str, str]) -> None:
    created = await client.post(ITEMS, json={"title": "Tea"}, headers=headers)
    assert created.status_code == 201
    item = created.json()
    assert item.keys() == {"id", "title", "description", "created_at", "updated_at"}
    assert created.headers["Location"] == f"{ITEMS}/{item['id']}"
    read = await client.get(created.headers["Location"], headers=headers)
    assert (read.status_code, read.json()) == (200, item)


async def test_id_grows_and_time_is_utc(item: dict[str, Any]) -> None:
    assert UUID(item["id"]).version == 7
    assert item["created_at"] == item["updated_at"]
    assert len(item["created_at"]) == len("2026-01-31T12:00:00.000000Z")
    assert item["created_at"].endswith("Z")


async def test_upper_case_id_is_the_same(
    client: AsyncClient, item: dict[str, Any], headers: dict[str, str]
) -> None:
    response = await client.get(f"{ITEMS}/{item['id'].upper()}", headers=headers)
    assert response.json() == item


async def test_null_title_is_refused(
    client: AsyncClient, item: dict[str, Any], headers: dict[str, str]
) -> None:
    response = await client.patch(f"{ITEMS}/{item['id']}", json={"title": None}, headers=headers)
    assert_invalid(response, pointer="/title")


async def test_empty_patch_changes_nothing(
    client: AsyncClient, item: dict[str, Any], headers: dict[str, str]
) -> None:
    response = await client.patch(f"{ITEMS}/{item['id']}", json={}, headers=headers)
    assert (response.status_code, response.json()) == (200, item)


@pytest.mark.parametrize(
    "change", [{"title": "Coffee"}, {"description": "Black"}, {"description": None}]
)
async def test_patch_changes_the_given_fields(
    client: AsyncClient,
    item: dict[str, Any],
    headers: dict[str, str],
    change: dict[str, str | None],
) -> None:
    path = f"{ITEMS}/{item['id']}"
    changed = (await client.patch(path, json=change, headers=headers)).json()
    assert changed == {**item, **change, "updated_at": changed["updated_at"]}
    assert datetime.fromisoformat(changed["updated_at"]) > datetime.fromisoformat(
        item["updated_at"]
    )
    assert (await client.get(path, headers=headers)).json() == changed


async def test_deleted_item_is_gone(
    client: AsyncClient, item: dict[str, Any], headers: dict[str, str]
) -> None:
    path = f"{ITEMS}/{item['id']}"
    deleted = await client.delete(path, headers=headers)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert_problem(await client.get(path, headers=headers), 404, "not_found")
    assert_problem(await client.delete(path, headers=headers), 404, "not_found")
