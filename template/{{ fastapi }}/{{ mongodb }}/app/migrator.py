"""Applies the migrations of `migrations/` in the order of their names, one process at a time.

Each is a module with `async def upgrade(db)`. It is recorded when it is through, so one that was
interrupted runs again: what it does must be right the second time, too.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import structlog
from pymongo import IndexModel
from pymongo.errors import CollectionInvalid, DuplicateKeyError, OperationFailure, PyMongoError

from app.database import Collections
from app.migration_errors import MigrationRefused

log = structlog.get_logger()

FOLDER = Path("migrations")

_RECORDS = "migrations"
_LOCKS = "migration_locks"
_LOCK = "migrate"
# A process that dies leaves its lock behind: after this long another one takes it over.
_LEASE = timedelta(seconds=30)
_WAIT_SECONDS = 0.2
# CommandNotFound, CommandNotSupported, NotImplemented: a service that only speaks the protocol.
_NOT_SUPPORTED = frozenset({59, 115, 238})


async def migrate(db: Collections) -> list[str]:
    """Apply the pending migrations and return their names.

    Raises `MigrationRefused` when one was applied that is not here.
    """
    async with _lock(db):
        done = {record["_id"] async for record in db[_RECORDS].find()}
        if missing := sorted(done - {path.stem for path in migrations()}):
            message = (
                f"The database has the migration {missing[0]}, which is missing here: "
                "it may be on another branch."
            )
            raise MigrationRefused(message)
        applied = []
        for path in migrations():
            if path.stem in done:
                continue
            await _load(path).upgrade(db)
            await db[_RECORDS].insert_one({"_id": path.stem, "applied_at": await _now(db)})
            applied.append(path.stem)
        return applied


def migrations() -> list[Path]:
    """Return the files of all migrations, in their order."""
    return sorted(FOLDER.glob("[0-9]*_*.py"))


async def put_collection(
    db: Collections, name: str, *, schema: dict[str, Any], indexes: Sequence[IndexModel]
) -> None:
    """Make a collection, or give it this schema and these indexes; to do so twice changes nothing.

    The schema (https://www.mongodb.com/docs/manual/core/schema-validation/) is a second line of
    defence behind the models. A server that has no such thing goes without, with a warning.
    """
    with suppress(CollectionInvalid):
        await db.create_collection(name)
    try:
        await db.command("collMod", name, validator={"$jsonSchema": schema})
    except OperationFailure as error:
        if error.code not in _NOT_SUPPORTED:
            raise
        log.warning("this server has no validators", collection=name)
    await db[name].create_indexes(indexes)


def _load(path: Path) -> ModuleType:
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None  # noqa: S101, PT018 # a file of Python
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@asynccontextmanager
async def _lock(db: Collections) -> AsyncIterator[None]:
    """Wait until no other process migrates this database; keep others waiting meanwhile."""
    owner = str(uuid4())
    if not await _take(db, owner):
        log.warning("another process migrates, or died at it: waiting for its lock")
        while not await _take(db, owner):  # noqa: ASYNC110 # another process lets it go
            await asyncio.sleep(_WAIT_SECONDS)
    renewal = asyncio.create_task(_renew(db, owner))
    try:
        yield
    finally:
        renewal.cancel()
        await db[_LOCKS].delete_one({"_id": _LOCK, "owner": owner})


async def _take(db: Collections, owner: str) -> bool:
    now = await _now(db)
    lease = {"owner": owner, "expires_at": now + _LEASE}
    try:
        await db[_LOCKS].update_one(
            {"_id": _LOCK, "expires_at": {"$lte": now}}, {"$set": lease}, upsert=True
        )
    except DuplicateKeyError:
        # There is one that has not expired, so the update became an insert of the same id.
        return False
    return True


async def _renew(db: Collections, owner: str) -> None:
    while True:
        await asyncio.sleep(_LEASE.total_seconds() / 3)
        try:
            lease = {"expires_at": await _now(db) + _LEASE}
            await db[_LOCKS].update_one({"_id": _LOCK, "owner": owner}, {"$set": lease})
        except PyMongoError as error:
            # Two more tries fit into the lease.
            log.warning("the lock of the migrations was not renewed", error=type(error).__name__)


async def _now(db: Collections) -> datetime:
    """Return the time by the server's clock, which all processes share."""
    now: datetime = (await db.command("hello", codec_options=db.codec_options))["localTime"]
    return now
