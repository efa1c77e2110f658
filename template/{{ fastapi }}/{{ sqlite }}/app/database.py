"""SQLite: one writer, several readers, and what counts as an outage."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlsplit

import structlog
from sqlalchemy import Connection, DateTime, Dialect, TypeDecorator, event, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import ConnectionPoolEntry

from app.problems import Unavailable

log = structlog.get_logger()

EXAMPLE_URL = "sqlite:///example.db"

_SCHEMES = ("sqlite", "sqlite+aiosqlite")
# https://www.sqlite.org/rescode.html: the file is locked, missing, read-only, on a full or broken
# disk. Everything else is a mistake of ours.
_OUTAGES = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_FULL")
_OUTAGE_PREFIXES = (*_OUTAGES, "SQLITE_IOERR")
_MIGRATION_TIMEOUT_SECONDS = 300


class Timestamp(TypeDecorator[datetime]):
    """A time in UTC, stored as text of fixed width with microseconds.

    SQLite compares times as text and forgets their zone: a time without a fraction would sort
    before itself, and come back without its zone.
    """

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _: Dialect) -> datetime | None:
        """Return the time as the database stores it."""
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, _: Dialect) -> datetime | None:
        """Return the stored time with its zone."""
        return value.replace(tzinfo=UTC) if value else None


def check_url(url: str) -> None:
    """Raise `ValueError` when this is no URL of an SQLite file."""
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES or parts.netloc or parts.path.strip("/") in {"", ":memory:"}:
        message = "must look like sqlite:///relative/path.db or sqlite:////absolute/path.db"
        raise ValueError(message)


def driver_url(url: str) -> str:
    """Return the URL with the driver in its scheme."""
    return f"sqlite+aiosqlite:{url.partition(':')[2]}"


class Database:
    """The database of the service.

    SQLite has one writer at a time. The service has one connection that writes, so its own
    requests queue for that instead of for the file's lock, and readers are never held up.
    """

    def __init__(self, url: str, *, pool_size: int, timeout: float) -> None:
        self._readers = _engine(url, pool_size=pool_size, timeout=timeout)
        self._writer = _engine(url, pool_size=1, timeout=timeout)
        event.listen(self._readers.sync_engine, "connect", _forbid_writes)
        event.listen(self._writer.sync_engine, "begin", _begin_immediate)
        self._read = async_sessionmaker(self._readers, expire_on_commit=False, autoflush=False)
        self._write = async_sessionmaker(self._writer, expire_on_commit=False)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Give a session for queries, each on its own; it cannot write.

        Raises `Unavailable` when the file cannot be used, or the pool is exhausted.
        """
        with _outages():
            async with self._read() as session:
                yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """Give a session in one transaction, committed at the end of the block.

        Raises `Unavailable` when the file cannot be used, or another process holds its lock.
        """
        with _outages():
            async with self._write.begin() as session:
                yield session

    async def ping(self) -> bool:
        """Tell whether the database answers."""
        try:
            async with self.read() as session:
                await session.execute(select(1))
        except Unavailable:
            return False
        return True

    async def close(self) -> None:
        """Close all connections."""
        await self._readers.dispose()
        await self._writer.dispose()


def _engine(url: str, *, pool_size: int, timeout: float) -> AsyncEngine:
    engine = create_async_engine(
        driver_url(url),
        # Without an isolation level the driver never begins a transaction by itself: it would do
        # so at the first write, when what was read before may be outdated already.
        connect_args={"isolation_level": None, "timeout": timeout},
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=timeout,
        # Rows must not reach the log with an error.
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "do_connect", _require_file)
    event.listen(engine.sync_engine, "connect", _prepare)
    return engine


def _require_file(
    _dialect: Dialect, _record: ConnectionPoolEntry, arguments: list[Any], options: dict[str, Any]
) -> None:
    # The driver starts a thread for each connection. When SQLite then cannot open the file, that
    # thread may outlive the event loop, and complains about it: so this fails before.
    try:
        sqlite3.connect(*arguments, **options).close()
    except sqlite3.OperationalError as error:
        raise _unavailable(error) from error


def _prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    _pragma(connection, "journal_mode = WAL")
    _pragma(connection, "foreign_keys = ON")


def _forbid_writes(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    _pragma(connection, "query_only = ON")


def _pragma(connection: DBAPIConnection, setting: str) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    # Takes the lock at once: a transaction that reads first and then writes could not get it any
    # more when another process wrote in between.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def _outages() -> Iterator[None]:
    try:
        yield
    except PoolTimeoutError as error:
        raise _unavailable(error) from error
    except OperationalError as error:
        if str(getattr(error.orig, "sqlite_errorname", "")).startswith(_OUTAGE_PREFIXES):
            raise _unavailable(error) from error
        raise


def _unavailable(error: Exception) -> Unavailable:
    log.warning("database unavailable", error=type(error).__name__)
    return Unavailable()


def _render_item(kind: str, item: object, _: object) -> str | Literal[False]:
    # A migration outlives the code: it names the column's type, not the class that converts it.
    if kind == "type" and isinstance(item, Timestamp):
        return "sa.DateTime(timezone=True)"
    return False


# For Alembic. SQLite cannot alter a column: the table is copied instead.
MIGRATION_OPTIONS: dict[str, Any] = {"render_as_batch": True, "render_item": _render_item}


def migration_engine(url: str) -> AsyncEngine:
    """Return an engine for one long connection."""
    engine = _engine(url, pool_size=1, timeout=_MIGRATION_TIMEOUT_SECONDS)
    event.listen(engine.sync_engine, "connect", _do_not_cascade)
    event.listen(engine.sync_engine, "begin", _begin_immediate)
    return engine


def _do_not_cascade(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # SQLite changes a table by copying it and dropping the old one, which would delete every row
    # that refers to it: https://www.sqlite.org/lang_altertable.html#otheralter
    _pragma(connection, "foreign_keys = OFF")


@contextmanager
def migration_lock(connection: Connection) -> Iterator[None]:
    """Hold the file's write lock: all migrations of one run are one transaction.

    Raises `RuntimeError`, and so undoes them, when rows refer to nothing afterwards.
    """
    with connection.begin():
        yield
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            message = f"after the migration, rows of {broken[0]} refer to no row of {broken[2]}"
            raise RuntimeError(message)
