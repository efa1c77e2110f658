"""MongoDB: the client with its bounded pool, and what counts as an outage."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from pymongo import AsyncMongoClient, ReadPreference, WriteConcern
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import ConfigurationError, ConnectionFailure, OperationFailure, PyMongoError

from app import about
from app.outages import DatabaseUnavailable, outage

type Collections = AsyncDatabase[dict[str, Any]]

# https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml: the credentials are
# refused (8000 in Atlas), a router cannot reach a shard, another write was faster, the server is
# busy, shuts down or has no disk space.
_OUTAGE_CODES = frozenset(
    {6, 7, 18, 24, 89, 91, 112, 133, 134, 189, 262, 8000, 9001, 10107, 11600, 11602, 14031}
)


# Shorter than what readiness waits, so that a probe that fails is over when the next one is asked.
_PROBE_TIMEOUT_SECONDS = 1


class Database:
    """The database of the service: a bounded pool, and errors that say what they mean.

    A URL that names no database stands for the one that is called like the service.
    """

    def __init__(self, url: str, *, pool_size: int, timeout: float) -> None:
        self._client = _client(url, pool_size=pool_size, timeout=timeout)
        self._collections = _collections(self._client)
        # Of its own, so that a busy pool does not look like an outage.
        self._probe = _client(url, pool_size=1, timeout=min(timeout, _PROBE_TIMEOUT_SECONDS))

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Collections]:
        """Give the collections for queries.

        Raises `Unavailable` when the database cannot be reached, or the pool is exhausted.
        """
        with _outages():
            yield self._collections

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Collections]:
        """Give the collections for changes, each of which is safe on a majority when it returns.

        Each operation is atomic for one document, and nothing undoes it when a later one fails.
        Raises `Unavailable` when the database cannot be reached, or the pool is exhausted.
        """
        with _outages():
            yield self._collections

    async def ping(self) -> bool:
        """Tell whether the database answers, on a connection of its own; one call at a time."""
        try:
            await _collections(self._probe).command("ping")
        except PyMongoError as error:
            outage(error)
            return False
        return True

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()
        await self._probe.close()


def _client(url: str, *, pool_size: int, timeout: float) -> AsyncMongoClient[dict[str, Any]]:
    milliseconds = max(1, round(timeout * 1000))
    return AsyncMongoClient(
        url,
        appname=about.SLUG,
        maxPoolSize=pool_size,
        # Whatever the URL says: it must not be more than that.
        minPoolSize=0,
        # All that an operation waits for: a server, a connection and the answer. The server
        # gets what is left of it as `maxTimeMS`, so it does not work on after we gave up.
        timeoutMS=milliseconds,
        # For the connections that watch the servers, which that does not bound.
        connectTimeoutMS=milliseconds,
        tz_aware=True,
    )


@asynccontextmanager
async def migration_database(url: str) -> AsyncIterator[Collections]:
    """Give the collections without the time-outs of the service: a migration may take long.

    Raises `Unavailable` when the database cannot be reached.
    """
    async with AsyncMongoClient[dict[str, Any]](url, appname=about.SLUG, tz_aware=True) as client:
        db = _collections(client)
        try:
            await db.command("ping")
        except PyMongoError as error:
            raise DatabaseUnavailable(error) from error
        yield db


def _collections(client: AsyncMongoClient[dict[str, Any]]) -> Collections:
    # Queries see what was written before them, and no server alone has it, whatever the URL says.
    return client.get_default_database(
        about.SLUG,
        read_preference=ReadPreference.PRIMARY,
        write_concern=WriteConcern("majority"),
    )


@contextmanager
def _outages() -> Iterator[None]:
    try:
        yield
    except PyMongoError as error:
        if _is_outage(error):
            raise outage(error) from error
        raise


def _is_outage(error: PyMongoError) -> bool:
    if isinstance(error, OperationFailure):
        return error.timeout or error.code in _OUTAGE_CODES
    # The settings were checked at the start: what is wrong with them now is their name in the DNS.
    return error.timeout or isinstance(error, ConnectionFailure | ConfigurationError)
