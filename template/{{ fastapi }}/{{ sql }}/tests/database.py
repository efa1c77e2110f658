"""The database of the tests: made by the migrations once, emptied after each test."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

import pytest
from alembic import command
from alembic.config import Config
from fastapi import FastAPI
from sqlalchemy import delete

from app.database import Database
from app.orm import Base
from tests.service import ROOT, environment_of

pytest_plugins = ["tests.server"]


@contextmanager
def alembic_for(url: str) -> Iterator[Config]:
    """Give the configuration with which Alembic works on this database."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment_of(url).items():
            patch.setenv(name, value)
        yield Config(toml_file=ROOT / "pyproject.toml")


@pytest.fixture(scope="session")
def database_url(new_database: Callable[[], str]) -> str:
    url = new_database()
    with alembic_for(url) as config:
        command.upgrade(config, "head")
    return url


@pytest.fixture
def empty_database_url(new_database: Callable[[], str]) -> str:
    return new_database()


@pytest.fixture
async def database(app: FastAPI) -> AsyncIterator[Database]:
    database: Database = app.state.database
    yield database
    async with database.write() as session:
        for table in reversed(Base.metadata.sorted_tables):
            await session.execute(delete(table))
