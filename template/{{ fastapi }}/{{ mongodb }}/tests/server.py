"""The MongoDB server of the tests: TEST_DATABASE_URL, or else the `mongod` on the PATH."""

import os
import signal
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import uuid4

import pytest
from pymongo import MongoClient

from scripts.embedded_database import temporary_server

UNREACHABLE_URL = "mongodb://127.0.0.1:1/nowhere"


def address_of(url: str) -> tuple[str, int]:
    """Return where the server listens."""
    parts = urlsplit(url)
    return parts.hostname or "localhost", parts.port or 27017


def url_of(server_url: str, database: str) -> str:
    """Return the URL of another database of the server."""
    parts = urlsplit(server_url)
    # Otherwise the credentials would be looked up in the other database.
    source = {"authSource": parts.path.strip("/") or "admin"} if parts.username else {}
    query = urlencode({**source, **dict(parse_qsl(parts.query))})
    return parts._replace(path=f"/{database}", query=query).geturl()


def url_through(url: str, port: int) -> str:
    """Return the URL of the same database, but through a port of this machine only."""
    parts = urlsplit(url)
    credentials = "".join(parts.netloc.rpartition("@")[:2])
    # With the name of the replica set the driver would ask for its members, and go to those.
    options = {name: value for name, value in parse_qsl(parts.query) if name != "replicaSet"}
    query = urlencode({**options, "directConnection": "true"})
    return parts._replace(netloc=f"{credentials}127.0.0.1:{port}", query=query).geturl()


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    # As Ctrl-C does: otherwise the server would outlive the tests.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with temporary_server() as url:
            yield url
    except SystemExit as unavailable:
        pytest.exit(str(unavailable), returncode=1)


@pytest.fixture(scope="session")
def new_database(server_url: str) -> Iterator[Callable[[], str]]:
    """Give what returns the URL of an empty database: no other one of the server is touched."""
    names = []

    def create() -> str:
        names.append(f"test_{uuid4().hex}")
        return url_of(server_url, names[-1])

    yield create
    client: MongoClient[dict[str, Any]]
    with MongoClient(server_url) as client:
        for name in names:
            client.drop_database(name)
