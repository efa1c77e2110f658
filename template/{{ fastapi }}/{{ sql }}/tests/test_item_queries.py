from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from httpx2 import AsyncClient
from sqlalchemy import insert

from app.database import Database
from app.items.models import Item
from app.orm import new_id
from tests.queries import explain, recorded_queries
from tests.server import SORT

ITEMS = "/api/v1/items"
START = datetime(2026, 1, 1, tzinfo=UTC)


async def owner_of(client: AsyncClient, headers: dict[str, str], database: Database) -> str:
    """Return the subject that these headers stand for."""
    created = await client.post(ITEMS, json={"title": "Mine"}, headers=headers)
    async with database.read() as session:
        item = await session.get(Item, UUID(created.json()["id"]))
    assert item
    return item.owner_id


async def add_rows(database: Database, owner_id: str, times: list[datetime]) -> None:
    rows = [
        {
            "id": new_id(),
            "owner_id": owner_id,
            "title": "Row",
            "created_at": time,
            "updated_at": time,
        }
        for time in times
    ]
    async with database.write() as session:
        await session.execute(insert(Item), rows)


@pytest.mark.parametrize("limit", [1, 3, 4])
async def test_walk_orders_equal_times_by_id(
    client: AsyncClient, database: Database, headers: dict[str, str], limit: int
) -> None:
    owner_id = await owner_of(client, headers, database)
    await add_rows(database, owner_id, [START] * 5 + [START + timedelta(microseconds=1)] * 5)
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
    times = [START + timedelta(seconds=number) for number in range(1_000)]
    await add_rows(database, owner_id, times)
    await add_rows(database, "somebody else", times)
    with recorded_queries("FROM items") as queries:
        first = (await client.get(ITEMS, headers=headers)).json()
        await client.get(f"{ITEMS}?cursor={first['next_cursor']}", headers=headers)
    assert len(queries) == 2
    for query in queries:
        plan = await explain(database, query)
        assert "ix_items_owner_id_created_at_id" in plan
        assert SORT not in plan
    assert "created_at" in plan.partition("ix_items_owner_id_created_at_id")[2], "no place in it"


async def test_each_request_sends_one_query(
    client: AsyncClient, database: Database, headers: dict[str, str]
) -> None:
    await add_rows(database, await owner_of(client, headers, database), [START] * 30)
    with recorded_queries("") as queries:
        page = (await client.get(ITEMS, headers=headers)).json()
        await client.get(f"{ITEMS}/{page['items'][0]['id']}", headers=headers)
    assert len(queries) == 2
    assert "count" not in queries[0].statement.lower()
