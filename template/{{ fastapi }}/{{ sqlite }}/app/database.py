"""SQLite: one writer, several readers, and what counts as an outage."""

import logging
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    DateTime,
    Dialect,
    Table,
    TypeDecorator,
    event,
    select,
)
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry, PoolProxiedConnection

from app.database_url import driver_url
from app.migration_errors import MigrationRefused
from app.outages import DatabaseUnavailable, outage

# https://www.sqlite.org/rescode.html: the file is locked, missing, read-only, damaged, none of
# SQLite, on a full or broken disk. Everything else is a mistake of ours.
_OUTAGE_PREFIXES = (
    *("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_CANTOPEN", "SQLITE_READONLY"),
    *("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FULL", "SQLITE_IOERR"),
)
# Shorter than what readiness waits, so that a probe that fails is over when the next one is asked.
_PROBE_TIMEOUT_SECONDS = 1
_MIGRATION_TIMEOUT_SECONDS = 300
_DIGITS = "0000-00-00 00:00:00.000000".replace("0", "[0-9]")


class Timestamp(TypeDecorator[datetime]):
    """A time in UTC, stored as text of fixed width with microseconds.

    SQLite compares times as text and forgets their zone: a time without a fraction would sort
    before itself, and come back without its zone. A constraint keeps every other spelling out,
    such as that of `CURRENT_TIMESTAMP`.
    """

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _: Dialect) -> datetime | None:
        """Return the time as the database stores it."""
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, _: Dialect) -> datetime | None:
        """Return the stored time with its zone: UTC, unless it names another one."""
        if value is None or value.tzinfo is None:
            return value and value.replace(tzinfo=UTC)
        return value.astimezone(UTC)


@event.listens_for(Column, "after_parent_attach")
def _constrain_time(column: Column[Any], table: Table) -> None:
    # Not in a copy of the table, which Alembic makes: it gets a copy of the constraint, too.
    if isinstance(column.type, Timestamp) and not column.info.get("constrained"):
        column.info["constrained"] = True
        # With a name, which Alembic needs to keep it when it copies the table.
        # With a modifier, 31 February becomes a day in March, and so another text.
        seconds = f"substr({column.name}, 1, 19)"
        exists = f"datetime({seconds}, '+0 days') IS {seconds}"
        check = CheckConstraint(f"{column.name} GLOB '{_DIGITS}' AND {exists}", name=column.name)
        table.append_constraint(check)


class Database:
    """The database of the service.

    SQLite has one writer at a time. The service has one connection that writes, so its own
    requests queue for that instead of for the file's lock, and readers are never held up.
    """

    def __init__(self, url: str, *, pool_size: int, timeout: float) -> None:
        self._readers = _engine(url, pool_size=pool_size, timeout=timeout)
        self._writer = _engine(url, pool_size=1, timeout=timeout)
        # Of its own, so that a busy pool does not look like an outage.
        self._probe = _engine(url, pool_size=1, timeout=min(timeout, _PROBE_TIMEOUT_SECONDS))
        for engine in (self._readers, self._writer, self._probe):
            event.listen(engine.sync_engine, "handle_error", _outage_of)
        event.listen(self._readers.sync_engine, "connect", _forbid_writes)
        event.listen(self._writer.sync_engine, "begin", _begin_immediate)
        self._read = async_sessionmaker(self._readers, expire_on_commit=False, autoflush=False)
        self._write = async_sessionmaker(self._writer, expire_on_commit=False)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Give a session for queries, each on its own; it cannot write.

        Raises `Unavailable` when the file cannot be used, or the pool is exhausted.
        """
        async with self._read() as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """Give a session in one transaction, committed at the end of the block.

        Raises `Unavailable` when the file cannot be used, or another process holds its lock.
        """
        async with self._write.begin() as session:
            yield session

    async def ping(self) -> bool:
        """Tell whether the database answers, on a connection of its own; one call at a time."""
        try:
            async with self._probe.connect() as connection:
                await connection.execute(select(1))
        except DatabaseUnavailable:
            return False
        except SQLAlchemyError as error:
            outage(error)
            return False
        return True

    async def close(self) -> None:
        """Close all connections."""
        for engine in (self._readers, self._writer, self._probe):
            await engine.dispose()


# SQLAlchemy calls its logger after this module, and would not keep it as quiet as its own.
logging.getLogger(__name__).setLevel(logging.WARNING)


class _Pool(AsyncAdaptedQueuePool):
    """A pool for which any failure to give a connection is an outage."""

    def connect(self) -> PoolProxiedConnection:
        try:
            return super().connect()
        except (sqlite3.Error, PoolTimeoutError) as error:
            raise outage(error, _name_of(error)) from error


def _engine(url: str, *, pool_size: int, timeout: float) -> AsyncEngine:
    engine = create_async_engine(
        driver_url(url),
        # Without an isolation level the driver never begins a transaction by itself: it would do
        # so at the first write, when what was read before may be outdated already.
        connect_args={"isolation_level": None, "timeout": timeout},
        poolclass=_Pool,
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
    sqlite3.connect(*arguments, **options).close()


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


def _outage_of(context: ExceptionContext) -> DatabaseUnavailable | None:
    """Return the outage that an error of SQLite stands for, or None for any other error."""
    error = context.original_exception
    name = _name_of(error)
    return outage(error, name) if name and name.startswith(_OUTAGE_PREFIXES) else None


def _name_of(error: BaseException) -> str | None:
    """Return what SQLite calls its error, for example "SQLITE_FULL"."""
    return getattr(error, "sqlite_errorname", None)


def _render_item(kind: str, item: object, _: object) -> str | Literal[False]:
    # A migration outlives the code: it names the column's type, not the class that converts it.
    if kind == "type" and isinstance(item, Timestamp):
        return "sa.DateTime(timezone=True)"
    return False


# For Alembic. SQLite cannot alter a column: the table is copied instead. Constraints of times are
# compared, too, so that a new column gets its own.
MIGRATION_OPTIONS: dict[str, Any] = {
    "render_as_batch": True,
    "render_item": _render_item,
    "autogenerate_plugins": ["alembic.autogenerate.*", "alembic.ext.checkconstraint_byname"],
}


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

    Raises `MigrationRefused`, and so undoes them, when rows refer to nothing afterwards.
    """
    with connection.begin():
        yield
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            message = f"after the migration, rows of {broken[0]} refer to no row of {broken[2]}"
            raise MigrationRefused(message)
