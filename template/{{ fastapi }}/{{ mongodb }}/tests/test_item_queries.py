from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx2 import AsyncClient
from pymongo.errors import WriteError

from app.database import Database
from app.documents import new_id
from app.items.models import Item
from tests.queries import assert_same_fields, explain, indexes_of, recorded_commands

ITEMS = "/api/v1/items"
START = datetime(2026, 1, 1, tzinfo=UTC)


async def owner_of(client: AsyncClient, headers: dict[str, str], database: Database) -> str:
    """Return the subject that these headers stand for."""
    created = await client.post(ITEMS, json={"title": "Mine"}, headers=headers)
    async with database.read() as db:
        item = await db["items"].find_one({"_id": created.json()["id"]})
    assert item
    return str(item["owner_id"])


async def add_items(database: Database, owner_id: str, times: list[datetime]) -> None:
    items = [
        Item(
            id=new_id(),
            owner_id=owner_id,
            title="Item",
            description=None,
            created_at=time,
            updated_at=time,
        )
        for time in times
    ]
    async with database.write() as db:
        await db["items"].insert_many([item.model_dump() for item in items])


@pytest.mark.parametrize("limit", [1, 3, 4])
async def test_walk_orders_equal_times_by_id(
    client: AsyncClient, database: Database, headers: dict[str, str], limit: int
) -> None:
    owner_id = await owner_of(client, headers, database)
    await add_items(database, owner_id, [START] * 5 + [START + timedelta(milliseconds=1)] * 5)
    met: list[tuple[str, str]] = []
    cursor: str | None = ""
    while cursor is not None:
        after = f"&cursor={cursor}" if cursor else ""
        page = (await client.get(f"{ITEMS}?limit={limit}{after}", headers=headers)).json()
        met += [(item["created_at"], item["id"]) for item in page["items"]]
        assert len(met) <= 11, "the walk does not end"
        cursor = page["next_cursor"]
    assert len(met) == 11
    assert met == sorted(met, reverse=True)


async def test_page_is_read_by_its_index(
    client: AsyncClient, database: Database, headers: dict[str, str]
) -> None:
    owner_id = await owner_of(client, headers, database)
    times = [START + timedelta(seconds=number) for number in range(300)]
    await add_items(database, owner_id, times)
    await add_items(database, "somebody else", times)
    cursor: str | None = None
    with recorded_commands() as commands:
        for _ in range(3):
            after = f"&cursor={cursor}" if cursor else ""
            page = await client.get(f"{ITEMS}?limit=100{after}", headers=headers)
            cursor = page.json()["next_cursor"]
    plans = [await explain(database, command) for command in commands]
    assert [indexes_of(plan) for plan in plans] == [["owner_id_created_at_id"]] * 3
    # What comes before the cursor is not read, nor what belongs to others.
    examined = [plan["executionStats"]["totalDocsExamined"] for plan in plans]
    assert all(count <= 301 - 100 * number for number, count in enumerate(examined))


async def test_each_request_sends_one_command(
    client: AsyncClient, database: Database, headers: dict[str, str]
) -> None:
    await add_items(database, await owner_of(client, headers, database), [START] * 101)
    with recorded_commands() as commands:
        page = (await client.get(f"{ITEMS}?limit=100", headers=headers)).json()
        path = f"{ITEMS}/{page['items'][0]['id']}"
        await client.get(path, headers=headers)
        await client.patch(path, json={"title": "Tea"}, headers=headers)
        await client.post(ITEMS, json={"title": "Tea"}, headers=headers)
        await client.delete(path, headers=headers)
    sent = [next(iter(command)) for command in commands]
    assert sent == ["find", "find", "findAndModify", "insert", "delete"]


async def test_item_is_found_by_its_id(
    client: AsyncClient, database: Database, headers: dict[str, str]
) -> None:
    created = await client.post(ITEMS, json={"title": "Tea"}, headers=headers)
    with recorded_commands() as commands:
        await client.get(created.headers["Location"], headers=headers)
    [command] = commands
    plan = await explain(database, command)
    assert plan["executionStats"]["totalDocsExamined"] <= 1


async def test_stored_values_have_their_own_types(
    client: AsyncClient, database: Database, headers: dict[str, str]
) -> None:
    created = (await client.post(ITEMS, json={"title": "Tea"}, headers=headers)).json()
    async with database.read() as db:
        [stored] = await db["items"].find().to_list()
    assert stored["_id"] == created["id"]
    assert stored["created_at"] == datetime.fromisoformat(created["created_at"])


async def test_schema_has_the_fields_of_the_model(database: Database) -> None:
    await assert_same_fields(database, "items", Item)


@pytest.mark.parametrize(
    "change", [{"title": ""}, {"title": {"$gt": ""}}, {"owner_id": None}, {"created_at": "now"}]
)
async def test_server_refuses_what_no_model_allows(
    client: AsyncClient, database: Database, headers: dict[str, str], change: dict[str, Any]
) -> None:
    await client.post(ITEMS, json={"title": "Tea"}, headers=headers)
    async with database.write() as db:
        with pytest.raises(WriteError, match="failed validation"):
            await db["items"].update_one({}, {"$set": change})
