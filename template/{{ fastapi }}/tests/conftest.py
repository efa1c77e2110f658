import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
import structlog
from fastapi import FastAPI
from httpx2 import AsyncClient

from app.database import Database
from app.settings import Settings
from tests.service import client_of, running_app, settings_of

pytest_plugins = ["tests.database", "tests.identity"]

type Serve = Callable[..., AbstractAsyncContextManager[AsyncClient]]


@pytest.fixture(scope="session", autouse=True)
def _clean_environment() -> Iterator[None]:
    """Keep the settings of the developer's shell away from the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in Settings.model_fields:
            patch.delenv(name.upper(), raising=False)
        yield


@pytest.fixture(autouse=True)
def _default_logging() -> Iterator[None]:
    """Undo `configure_logging`, which keeps the standard output of the test that called it."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    # The client of the tests is no part of the service.
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    yield
    structlog.reset_defaults()
    for handler in root.handlers[:]:
        if handler not in before:
            root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture(scope="session")
async def app(database_url: str) -> AsyncIterator[FastAPI]:
    """Give the application that most tests share."""
    async with running_app(settings_of(database_url)) as app:
        yield app


@pytest.fixture
async def client(app: FastAPI, database: Database) -> AsyncIterator[AsyncClient]:  # noqa: ARG001
    async with client_of(app) as client:
        yield client


@pytest.fixture
def serve(database_url: str, database: Database) -> Serve:  # noqa: ARG001
    """Give what starts another service on the same database: `async with serve(port="1")`."""

    @asynccontextmanager
    async def serve(**changes: str) -> AsyncIterator[AsyncClient]:
        settings = settings_of(**{"database_url": database_url, **changes})
        async with running_app(settings) as app, client_of(app) as http:
            yield http

    return serve
