"""PostgreSQL: the connection pool, sessions, and what counts as an outage."""

import logging
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Literal

import asyncpg
from sqlalchemy import Connection, DateTime, event, func, select, text
from sqlalchemy.engine import ExceptionContext, ExecutionContext
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import DisconnectionError, EmulatedDBAPIException, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import AsyncAdaptedQueuePool, NullPool, Pool, PoolProxiedConnection

from app.database_url import connect_arguments
from app.migration_errors import MigrationRefused
from app.outages import DatabaseUnavailable, outage

Timestamp = DateTime(timezone=True)

# SQLSTATE classes (PostgreSQL, appendix A): connection, transaction rollback, insufficient
# resources, object not in the prerequisite state, operator intervention; and a server that has
# become a read-only replica.
_OUTAGE_CLASSES = ("08", "40", "53", "55", "57")
_READ_ONLY = "25006"
# Shorter than what readiness waits, so that a probe that fails is over when the next one is asked.
_PROBE_TIMEOUT_SECONDS = 1
# A migration may take long, but not to find out that nobody answers.
_MIGRATION_CONNECT_SECONDS = 10
_MIGRATION_LOCK = 5_494_827_301_177_253
_LOCK_INTERVAL_SECONDS = 0.2

# For Alembic: a migration that fails leaves those before it applied.
MIGRATION_OPTIONS: dict[str, Any] = {"transaction_per_migration": True}


class Database:
    """The database of the service: a bounded pool, and errors that say what they mean."""

    def __init__(self, url: str, *, pool_size: int, timeout: float) -> None:
        self._engine = _pooled_engine(url, pool_size=pool_size, timeout=timeout)
        # Of its own, so that a busy pool does not look like an outage.
        self._probe = _pooled_engine(url, pool_size=1, timeout=min(timeout, _PROBE_TIMEOUT_SECONDS))
        event.listen(self._engine.sync_engine, "do_execute", _prepare_again)
        autocommit = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._read = async_sessionmaker(autocommit, expire_on_commit=False, autoflush=False)
        self._write = async_sessionmaker(self._engine, expire_on_commit=False)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Give a session for queries, each on its own: that saves BEGIN and ROLLBACK.

        Raises `Unavailable` when the database cannot be reached, or the pool is exhausted.
        """
        async with self._read() as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """Give a session in one transaction, committed at the end of the block.

        Raises `Unavailable` when the database cannot be reached, or the pool is exhausted.
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
        await self._engine.dispose()
        await self._probe.dispose()


class _OutagePool(Pool):
    """A pool for which any failure to give a connection is an outage."""

    def connect(self) -> PoolProxiedConnection:
        try:
            return super().connect()
        except EmulatedDBAPIException as error:
            raise outage(_driver_error(error)) from error
        except (
            OSError,  # also every time-out
            asyncpg.PostgresError,
            asyncpg.InterfaceError,
            asyncpg.InternalClientError,
            PoolTimeoutError,
        ) as error:
            raise outage(error) from error


# SQLAlchemy calls their loggers after this module, and would not keep them as quiet as its own.
logging.getLogger(__name__).setLevel(logging.WARNING)


class _BoundedPool(_OutagePool, AsyncAdaptedQueuePool):
    pass


class _NoPool(_OutagePool, NullPool):
    pass


def _engine(
    url: str,
    *,
    connect_timeout: float,
    command_timeout: float | None,
    **pool: Any,  # noqa: ANN401 # its options
) -> AsyncEngine:
    arguments = connect_arguments(url)

    async def connect() -> asyncpg.Connection:
        connection = await asyncpg.connect(
            **arguments, timeout=connect_timeout, command_timeout=command_timeout
        )
        try:
            # The time-out of the service counts, not one that an administrator has set for the
            # role. PgBouncer does not take this one as a parameter of the connection.
            await connection.execute("SET statement_timeout = 0")
        except BaseException:
            connection.terminate()
            raise
        return connection

    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        # Not the default of the role or of the database: after a lock, what others have committed
        # meanwhile must be seen.
        isolation_level="READ COMMITTED",
        # Rows must not reach the log with an error.
        hide_parameters=True,
        **pool,
    )


def _pooled_engine(url: str, *, pool_size: int, timeout: float) -> AsyncEngine:
    engine = _engine(
        url,
        connect_timeout=timeout,
        command_timeout=timeout,
        poolclass=_BoundedPool,
        pool_size=pool_size,
        # A burst waits for the pool instead of opening connections that it closes again.
        max_overflow=0,
        pool_timeout=timeout,
    )
    event.listen(engine.sync_engine, "checkout", _replace_closed)
    event.listen(engine.sync_engine, "handle_error", _outage_of)
    return engine


def _replace_closed(connection: DBAPIConnection, *_: object) -> None:
    """Have the pool connect again when the server has closed the connection while it was idle."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _outage_of(context: ExceptionContext) -> DatabaseUnavailable | None:
    """Return the outage that an error of the driver stands for, or None for any other error."""
    error = context.original_exception
    if isinstance(error, OSError):
        if context.statement and not context.execution_context:
            # Raised before the driver was asked: by code that converts a value.
            return None
        # A time-out. What state such a connection is in nobody knows, and asking it would hang
        # again.
        context.is_disconnect = True
        context.invalidate_pool_on_disconnect = False
        return outage(error)
    if not isinstance(error, EmulatedDBAPIException):
        return None
    original = _driver_error(error)
    state = str(getattr(original, "sqlstate", None) or "")
    if (
        context.is_disconnect
        or state[:2] in _OUTAGE_CLASSES
        or state == _READ_ONLY
        # In a transaction, which is lost by it: the next one prepares the statement again.
        or isinstance(original, asyncpg.InvalidCachedStatementError)
    ):
        return outage(original)
    return None


def _driver_error(error: EmulatedDBAPIException) -> BaseException:
    return error.__cause__ or error


def _prepare_again(
    cursor: DBAPICursor, statement: str, parameters: Sequence[object], context: ExecutionContext
) -> Literal[True]:
    """Execute a statement, once more when a migration has outdated what was prepared for it."""
    try:
        cursor.execute(statement, parameters)
    except EmulatedDBAPIException as error:
        outdated = isinstance(_driver_error(error), asyncpg.InvalidCachedStatementError)
        connection = context.root_connection.connection.driver_connection
        if not outdated or connection is None or connection.is_in_transaction():
            raise
        # These two forget all that was prepared before now.
        context.handle_dbapi_exception(error)
        context.pre_exec()
        cursor.execute(statement, parameters)
    return True


def migration_engine(url: str) -> AsyncEngine:
    """Return an engine for one long connection."""
    return _engine(
        url, connect_timeout=_MIGRATION_CONNECT_SECONDS, command_timeout=None, poolclass=_NoPool
    )


@contextmanager
def migration_lock(connection: Connection) -> Iterator[None]:
    """Wait until no other process migrates this database; closing the connection releases it.

    Raises `MigrationRefused` when the database cannot hold every character.
    """
    encoding = connection.scalar(text("SHOW server_encoding"))
    if encoding != "UTF8":
        message = f"The encoding of the database is {encoding}: create it with UTF8."
        raise MigrationRefused(message)
    # Asked again and again: a statement that waits for the lock would hold a snapshot, for which
    # CREATE INDEX CONCURRENTLY in the other process waits in turn.
    while not connection.scalar(select(func.pg_try_advisory_lock(_MIGRATION_LOCK))):
        connection.rollback()
        time.sleep(_LOCK_INTERVAL_SECONDS)
    # Alembic begins transactions of its own, one for each migration.
    connection.commit()
    yield
