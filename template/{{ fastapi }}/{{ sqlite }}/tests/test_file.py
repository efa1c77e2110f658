"""What the service makes of SQLite's file: its settings, and the text of its times."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import insert, literal_column, select, text
from sqlalchemy.exc import IntegrityError

from app.database import Database
from app.database_url import check_url, driver_url, place_of
from app.items.models import Item
from app.orm import new_id


@pytest.mark.parametrize(
    "url",
    [
        "",
        "orders.db",
        "http://localhost/orders",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite://orders.db",
    ],
)
def test_other_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must look like sqlite:///"):
        check_url(url)


@pytest.mark.parametrize("scheme", ["sqlite", "sqlite+aiosqlite"])
def test_pasted_url_reaches_the_driver(scheme: str) -> None:
    url = f"{scheme}:////var/lib/orders.db"
    check_url(url)
    assert driver_url(url) == "sqlite+aiosqlite:////var/lib/orders.db"


@pytest.mark.parametrize(("pragma", "value"), [("journal_mode", "wal"), ("foreign_keys", 1)])
async def test_every_connection_is_prepared(database: Database, pragma: str, value: object) -> None:
    for session_of in (database.read, database.write):
        async with session_of() as session:
            assert await session.scalar(text(f"PRAGMA {pragma}")) == value


NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("time", "stored"),
    [
        (NOON, "2026-01-31 12:00:00.000000"),
        (NOON + timedelta(microseconds=5), "2026-01-31 12:00:00.000005"),
        (NOON.astimezone(timezone(timedelta(hours=9))), "2026-01-31 12:00:00.000000"),
    ],
)
async def test_time_is_text_of_fixed_width(database: Database, time: datetime, stored: str) -> None:
    row = {"id": new_id(), "owner_id": "x", "title": "x", "created_at": time, "updated_at": time}
    async with database.write() as session:
        await session.execute(insert(Item), row)
    async with database.read() as session:
        assert await session.scalar(text("SELECT created_at FROM items")) == stored
        found = await session.scalar(select(Item.created_at))
    assert found == time
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "time",
    [
        "CURRENT_TIMESTAMP",
        "'2026-01-31T12:00:00.000000'",
        "'2026-01-31 12:00:00.000000Z'",
        "'2026-01-31'",
        "'2026-99-99 12:00:00.000000'",
        "'2026-02-31 12:00:00.000000'",
        "'2026-01-31 24:00:00.000000'",
        "0",
    ],
)
async def test_other_spelling_of_a_time_is_refused(database: Database, time: str) -> None:
    with pytest.raises(IntegrityError, match="ck_items_created_at"):
        async with database.write() as session:
            await session.execute(
                insert(Item).values(title="x", owner_id="x", created_at=literal_column(time))
            )


@pytest.mark.parametrize(
    "stored", ["2026-01-31 12:00:00", "2026-01-31T12:00:00Z", "2026-01-31T21:00:00+09:00"]
)
async def test_older_spelling_is_read_as_utc(database: Database, stored: str) -> None:
    query = text(f"SELECT '{stored}' AS time").columns(time=Item.created_at.type)
    async with database.read() as session:
        assert await session.scalar(query) == NOON


def test_place_is_the_path() -> None:
    assert place_of("sqlite:////var/lib/orders.db") == "/var/lib/orders.db"
    assert place_of("sqlite:///orders.db") == "orders.db"
