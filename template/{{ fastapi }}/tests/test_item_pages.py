from typing import Any
from uuid import UUID

import pytest
from httpx2 import AsyncClient

from app.pagination import Cursor
from tests.checks import assert_invalid

ITEMS = "/api/v1/items"


async def add_items(client: AsyncClient, headers: dict[str, str], count: int) -> list[str]:
    """Return the ids of new items, newest first."""
    bodies = ({"title": f"Item {number}"} for number in range(count))
    answers = [await client.post(ITEMS, json=body, headers=headers) for body in bodies]
    return [answer.json()["id"] for answer in reversed(answers)]


async def read_page(
    client: AsyncClient, headers: dict[str, str], **parameters: str | int
) -> dict[str, Any]:
    response = await client.get(ITEMS, params=parameters, headers=headers)
    assert response.status_code == 200, response.text
    page: dict[str, Any] = response.json()
    assert page.keys() == {"items", "next_cursor"}
    return page


def ids(page: dict[str, Any]) -> list[str]:
    return [item["id"] for item in page["items"]]


@pytest.mark.parametrize("limit", ["0", "101", "-1", "+1", "1.0", "1_0", "ten", "", "٣"])
async def test_bad_limit_is_refused(
    client: AsyncClient, headers: dict[str, str], limit: str
) -> None:
    response = await client.get(ITEMS, params={"limit": limit}, headers=headers)
    assert_invalid(response, parameter="limit")


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "é", "\0", "A" * 34, "A" * 65])
async def test_bad_cursor_is_refused(
    client: AsyncClient, headers: dict[str, str], cursor: str
) -> None:
    response = await client.get(ITEMS, params={"cursor": cursor}, headers=headers)
    assert_invalid(response, parameter="cursor")


async def test_foreign_items_are_not_listed(
    client: AsyncClient, headers: dict[str, str], foreign_headers: dict[str, str]
) -> None:
    own = await add_items(client, headers, 2)
    await add_items(client, foreign_headers, 2)
    assert ids(await read_page(client, headers)) == own


async def test_foreign_cursor_reaches_own_items_only(
    client: AsyncClient, headers: dict[str, str], foreign_headers: dict[str, str]
) -> None:
    [own] = await add_items(client, headers, 1)
    await add_items(client, foreign_headers, 3)
    cursor = (await read_page(client, foreign_headers, limit=1))["next_cursor"]
    assert ids(await read_page(client, headers, cursor=cursor)) == [own]


async def test_no_items_are_an_empty_page(client: AsyncClient, headers: dict[str, str]) -> None:
    assert await read_page(client, headers) == {"items": [], "next_cursor": None}


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 100])
async def test_walk_meets_each_item_once(
    client: AsyncClient, headers: dict[str, str], limit: int
) -> None:
    expected = await add_items(client, headers, 6)
    page = await read_page(client, headers, limit=limit)
    met = ids(page)
    while cursor := page["next_cursor"]:
        page = await read_page(client, headers, limit=limit, cursor=cursor)
        assert page["items"], "an empty page follows a cursor"
        met += ids(page)
    assert met == expected


async def test_walk_is_steady_while_items_are_added(
    client: AsyncClient, headers: dict[str, str]
) -> None:
    expected = await add_items(client, headers, 5)
    page = await read_page(client, headers, limit=2)
    met = ids(page)
    while cursor := page["next_cursor"]:
        await add_items(client, headers, 3)
        page = await read_page(client, headers, limit=2, cursor=cursor)
        met += ids(page)
    assert met == expected


async def test_walk_passes_a_deleted_item(client: AsyncClient, headers: dict[str, str]) -> None:
    _, second, third = await add_items(client, headers, 3)
    cursor = (await read_page(client, headers, limit=2))["next_cursor"]
    await client.delete(f"{ITEMS}/{second}", headers=headers)
    assert ids(await read_page(client, headers, cursor=cursor)) == [third]


async def test_default_page_has_twenty_items(client: AsyncClient, headers: dict[str, str]) -> None:
    expected = await add_items(client, headers, 21)
    page = await read_page(client, headers)
    assert ids(page) == expected[:20]
    assert Cursor.decode(page["next_cursor"]).id == UUID(expected[19])
