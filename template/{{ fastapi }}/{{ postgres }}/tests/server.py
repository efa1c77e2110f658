"""The PostgreSQL server of the tests: TEST_DATABASE_URL, or else an embedded one."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest

from app.database_url import connect_arguments
from scripts.embedded_database import temporary_database

EXPLAIN = "EXPLAIN"
SORT = "Sort"  # what a plan says when no index gives the order
UNREACHABLE_URL = "postgresql://ada@127.0.0.1:1/nowhere"


def address_of(url: str) -> tuple[str, int]:
    """Return where the server listens."""
    parts = urlsplit(url)
    return parts.hostname or "localhost", parts.port or 5432


def url_through(url: str, port: int) -> str:
    """Return the URL of the same database, but through a port of this machine."""
    parts = urlsplit(url)
    credentials = "".join(parts.netloc.rpartition("@")[:2])
    return parts._replace(netloc=f"{credentials}127.0.0.1:{port}").geturl()


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
    else:
        # As Ctrl-C does: otherwise the server would outlive the tests.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with temporary_database() as url:
            yield url


@pytest.fixture(scope="session")
def new_database(server_url: str) -> Iterator[Callable[[], str]]:
    """Give what makes an empty database: no other one of the server is touched."""
    names = []

    def create() -> str:
        name = f"test_{uuid4().hex}"
        asyncio.run(_execute(server_url, f"CREATE DATABASE {name}"))
        names.append(name)
        return urlsplit(server_url)._replace(path=f"/{name}").geturl()

    yield create
    for name in names:
        asyncio.run(_execute(server_url, f"DROP DATABASE {name} WITH (FORCE)"))


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(**connect_arguments(url))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
