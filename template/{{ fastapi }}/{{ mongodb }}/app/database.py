"""MongoDB: the client with its bounded pool, and what counts as an outage."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import structlog
from pymongo import AsyncMongoClient, ReadPreference, WriteConcern
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import ConfigurationError, ConnectionFailure, OperationFailure, PyMongoError

from app import about
from app.problems import Unavailable

type Collections = AsyncDatabase[dict[str, Any]]

log = structlog.get_logger()

EXAMPLE_URL = "mongodb://localhost/example"

# https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml: the credentials are
# refused (8000 in Atlas), a router cannot reach a shard, another write was faster, the server is
# busy, shuts down or has no disk space.
_OUTAGE_CODES = frozenset(
    {6, 7, 18, 24, 89, 91, 112, 133, 134, 189, 262, 8000, 9001, 10107, 11600, 11602, 14031}
)


def check_url(url: str) -> None:
    """Raise `ValueError` when this is no URL of a MongoDB deployment."""
    try:
        # Without a scheme, it would stand for a host.
        client = AsyncMongoClient[dict[str, Any]](url if "://" in url else "://")
        client.get_default_database(about.SLUG)
    except (PyMongoError, ValueError, TypeError):
        message = "must look like mongodb://user:password@host:27017/database or mongodb+srv://"
        raise ValueError(message) from None
    except OSError:
        message = "names a file that cannot be read"
        raise ValueError(message) from None


class Database:
    """The database of the service: a bounded pool, and errors that say what they mean.

    A URL that names no database stands for the one that is called like the service.
    """

    def __init__(self, url: str, *, pool_size: int, timeout: float) -> None:
        milliseconds = max(1, round(timeout * 1000))
        self._client = AsyncMongoClient[dict[str, Any]](
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
        self._collections = _collections(self._client)

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
        """Tell whether the database answers."""
        try:
            async with self.read() as db:
                await db.command("ping")
        except Unavailable:
            return False
        return True

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()


@asynccontextmanager
async def migration_database(url: str) -> AsyncIterator[Collections]:
    """Give the collections without the time-outs of the service: a migration may take long.

    Raises `Unavailable` when the database cannot be reached.
    """
    with _outages():
        async with AsyncMongoClient[dict[str, Any]](
            url, appname=about.SLUG, tz_aware=True
        ) as client:
            yield _collections(client)


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
            code = getattr(error, "code", None)
            log.warning("database unavailable", error=type(error).__name__, code=code)
            raise Unavailable from error
        raise


def _is_outage(error: PyMongoError) -> bool:
    if isinstance(error, OperationFailure):
        return error.timeout or error.code in _OUTAGE_CODES
    # The settings were checked at the start: what is wrong with them now is their name in the DNS.
    return error.timeout or isinstance(error, ConnectionFailure | ConfigurationError)
