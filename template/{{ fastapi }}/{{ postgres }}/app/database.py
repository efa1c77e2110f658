"""PostgreSQL: the connection pool, sessions, and what counts as an outage."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg
import structlog
from sqlalchemy import Connection, DateTime, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import NullPool

from app import about
from app.problems import Unavailable

log = structlog.get_logger()

EXAMPLE_URL = "postgresql://localhost/example"
Timestamp = DateTime(timezone=True)

_SCHEMES = ("postgresql", "postgres", "postgresql+asyncpg", "postgresql+psycopg")
# SQLSTATE classes (PostgreSQL, appendix A): connection, transaction rollback, insufficient
# resources, object not in the prerequisite state, operator intervention; and a server that has
# become a read-only replica.
_OUTAGE_CLASSES = ("08", "40", "53", "55", "57")
_READ_ONLY = "25006"
# libpq knows it and some hosting companies put it into their URLs; the driver does not.
_FOREIGN_PARAMETERS = frozenset({"channel_binding"})
_MIGRATION_LOCK = 5_494_827_301_177_253
_LOCK_INTERVAL_SECONDS = 0.2

# For Alembic: a migration that fails leaves those before it applied.
MIGRATION_OPTIONS: dict[str, Any] = {"transaction_per_migration": True}


def check_url(url: str) -> None:
    """Raise `ValueError` when this is no URL of a PostgreSQL database."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in _SCHEMES:
        message = "must look like postgresql://user:password@host:5432/database"
        raise ValueError(message)


def driver_url(url: str) -> str:
    """Return the URL as the driver takes it, whatever scheme and parameters it was pasted with."""
    parts = urlsplit(url)
    parameters = [pair for pair in parse_qsl(parts.query) if pair[0] not in _FOREIGN_PARAMETERS]
    return urlunsplit(parts._replace(scheme="postgresql", query=urlencode(parameters)))


class Database:
    """The database of the service: a bounded pool, and errors that say what they mean."""

    def __init__(self, url: str, *, pool_size: int, timeout: float) -> None:
        dsn = driver_url(url)

        async def connect() -> asyncpg.Connection:
            return await asyncpg.connect(
                dsn,
                timeout=timeout,
                command_timeout=timeout,
                server_settings={"application_name": about.SLUG},
            )

        self._engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=connect,
            pool_size=pool_size,
            # A burst waits for the pool instead of opening connections that it closes again.
            max_overflow=0,
            pool_timeout=timeout,
            # Rows must not reach the log with an error.
            hide_parameters=True,
        )
        autocommit = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._read = async_sessionmaker(autocommit, expire_on_commit=False, autoflush=False)
        self._write = async_sessionmaker(self._engine, expire_on_commit=False)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Give a session for queries, each on its own: that saves BEGIN and ROLLBACK.

        Raises `Unavailable` when the database cannot be reached, or the pool is exhausted.
        """
        async with self._read() as session, _outages(session):
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """Give a session in one transaction, committed at the end of the block.

        Raises `Unavailable` when the database cannot be reached, or the pool is exhausted.
        """
        async with self._write() as session, _outages(session), session.begin():
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
        await self._engine.dispose()


@asynccontextmanager
async def _outages(session: AsyncSession) -> AsyncIterator[None]:
    try:
        yield
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, PoolTimeoutError) as error:
        # The driver's own errors come from connecting; OSError covers every time-out. What state
        # such a connection is in nobody knows, and asking it would hang again.
        await session.invalidate()
        raise _unavailable(error) from error
    except DBAPIError as error:
        state = str(getattr(error.orig, "sqlstate", None) or "")
        if error.connection_invalidated or state[:2] in _OUTAGE_CLASSES or state == _READ_ONLY:
            raise _unavailable(error) from error
        raise


def _unavailable(error: Exception) -> Unavailable:
    log.warning("database unavailable", error=type(error).__name__)
    return Unavailable()


def migration_engine(url: str) -> AsyncEngine:
    """Return an engine for one long connection."""
    dsn = driver_url(url)

    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(dsn, server_settings={"application_name": about.SLUG})

    return create_async_engine(
        "postgresql+asyncpg://", async_creator=connect, poolclass=NullPool, hide_parameters=True
    )


@contextmanager
def migration_lock(connection: Connection) -> Iterator[None]:
    """Wait until no other process migrates this database; closing the connection releases it."""
    # Asked again and again: a statement that waits for the lock would hold a snapshot, for which
    # CREATE INDEX CONCURRENTLY in the other process waits in turn.
    while not connection.scalar(select(func.pg_try_advisory_lock(_MIGRATION_LOCK))):
        connection.rollback()
        time.sleep(_LOCK_INTERVAL_SECONDS)
    # Alembic begins transactions of its own, one for each migration.
    connection.commit()
    yield
