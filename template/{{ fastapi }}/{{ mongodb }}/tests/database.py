"""The database of the tests: made by the migrations once, emptied after each test."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from fastapi import FastAPI

from app.database import Database, migration_database
from app.migrator import migrate

pytest_plugins = ["tests.server"]


async def migrate_url(url: str) -> list[str]:
    """Migrate the database of this URL and return what was applied."""
    async with migration_database(url) as db:
        return await migrate(db)


@pytest.fixture(scope="session")
def database_url(new_database: Callable[[], str]) -> str:
    url = new_database()
    asyncio.run(migrate_url(url))
    return url


@pytest.fixture
def empty_database_url(new_database: Callable[[], str]) -> str:
    return new_database()


@pytest.fixture
async def database(app: FastAPI) -> AsyncIterator[Database]:
    database: Database = app.state.database
    yield database
    async with database.write() as db:
        for name in await db.list_collection_names(filter={"name": {"$ne": "migrations"}}):
            await db[name].delete_many({})
