import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from app.database import Database
from app.problems import Unavailable
from tests.checks import assert_problem
from tests.conftest import Serve
from tests.server import file_of

ITEMS = "/api/v1/items"
TEA = {"title": "Tea"}


@contextmanager
def write_lock(url: str) -> Iterator[sqlite3.Connection]:
    """Hold the lock as another process would; the end of its transaction lets it go."""
    with closing(sqlite3.connect(file_of(url), isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        yield holder


def copy_database(url: str, copy: Path) -> None:
    # Not by a copy of the file: to open and close it takes away the locks that this process has
    # on it: https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
    with closing(sqlite3.connect(file_of(url))) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)


async def test_held_lock_ends_writes_in_time(
    serve: Serve, database_url: str, headers: dict[str, str]
) -> None:
    async with serve(database_timeout_seconds="0.2") as client:
        with write_lock(database_url):
            started = time.monotonic()
            writes = (client.post(ITEMS, json=TEA, headers=headers) for _ in range(3))
            answers = await asyncio.gather(*writes)
            assert time.monotonic() - started < 2
        for answer in answers:
            assert_problem(answer, 503, "unavailable")
            assert int(answer.headers["Retry-After"]) >= 1
        assert (await client.post(ITEMS, json=TEA, headers=headers)).status_code == 201


async def test_held_lock_stalls_nothing_else(
    serve: Serve, database_url: str, headers: dict[str, str]
) -> None:
    async with serve() as client:
        with write_lock(database_url) as holder:
            write = asyncio.create_task(client.post(ITEMS, json=TEA, headers=headers))
            for path in (ITEMS, "/health/ready", "/health/live"):
                assert (await client.get(path, headers=headers)).status_code == 200
            assert not write.done()
            holder.execute("ROLLBACK")
            assert (await write).status_code == 201


async def test_own_writes_wait_for_each_other(client: AsyncClient, headers: dict[str, str]) -> None:
    writes = (client.post(ITEMS, json=TEA, headers=headers) for _ in range(20))
    answers = await asyncio.gather(*writes)
    assert {answer.status_code for answer in answers} == {201}


async def test_missing_folder_is_an_outage_until_it_returns(
    serve: Serve, database_url: str, headers: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "disk"
    async with serve(database_url=f"sqlite:///{folder / 'service.db'}") as client:
        assert_problem(await client.get(ITEMS, headers=headers), 503, "unavailable")
        assert_problem(await client.post(ITEMS, json=TEA, headers=headers), 503, "unavailable")
        ready = await client.get("/health/ready")
        assert ready.status_code == 503
        assert ready.json() == {"status": "unavailable", "checks": {"database": "unavailable"}}
        folder.mkdir()
        copy_database(database_url, folder / "service.db")
        assert (await client.get("/health/ready")).status_code == 200


@pytest.fixture
async def small(database_url: str) -> AsyncIterator[Database]:
    """Give the database through pools of one impatient connection."""
    database = Database(database_url, pool_size=1, timeout=0.2)
    yield database
    await database.close()


async def test_exhausted_pool_is_an_outage(small: Database) -> None:
    async with small.read() as session:
        await session.execute(text("SELECT 1"))
        with pytest.raises(Unavailable):
            async with small.read() as other:
                await other.execute(text("SELECT 1"))
        assert await small.ping(), "readiness has a connection of its own"


async def test_error_of_a_handler_is_no_outage(small: Database) -> None:
    for session_of in (small.read, small.write):
        with pytest.raises(FileNotFoundError):
            async with session_of():
                raise FileNotFoundError


async def test_file_that_is_no_database_is_an_outage(
    serve: Serve, headers: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "service.db"
    file.write_bytes(b"This is a text." * 1000)
    async with serve(database_url=f"sqlite:///{file}") as client:
        assert_problem(await client.get(ITEMS, headers=headers), 503, "unavailable")
        assert (await client.get("/health/ready")).status_code == 503


async def test_full_disk_is_an_outage_with_its_name(small: Database) -> None:
    await write(small, "PRAGMA max_page_count = 1")
    with capture_logs() as logs, pytest.raises(Unavailable):
        await write(small, "CREATE TABLE things AS SELECT zeroblob(1000000) AS content")
    assert [(line["error"], line["reason"]) for line in logs] == [
        ("SQLITE_FULL", "database or disk is full")
    ]


async def write(database: Database, *statements: str) -> None:
    async with database.write() as session:
        for statement in statements:
            await session.execute(text(statement))


async def test_readers_cannot_write(small: Database) -> None:
    with pytest.raises(Unavailable):
        async with small.read() as session:
            await session.execute(text("DELETE FROM items"))


async def test_wrong_statement_is_our_own_fault(small: Database) -> None:
    with pytest.raises(OperationalError):
        await write(small, "SELECT * FROM nowhere")


async def test_failed_transaction_leaves_nothing(small: Database) -> None:
    with pytest.raises(OperationalError, match="nowhere"):
        await write(small, "CREATE TABLE things (id int)", "SELECT * FROM nowhere")
    with pytest.raises(OperationalError, match="things"):
        await write(small, "SELECT * FROM things")
