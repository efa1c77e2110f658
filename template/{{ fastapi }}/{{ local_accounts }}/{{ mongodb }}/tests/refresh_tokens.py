"""The stored refresh tokens: what no client can see or change."""

from datetime import datetime, timedelta

from app.database import Database
from app.documents import utc_now

COLLECTIONS = ("refresh_families", "used_refresh_tokens")


async def read_tokens(database: Database) -> list[tuple[bytes, datetime]]:
    """Return the hash and the end of each token."""
    async with database.read() as db:
        return [
            (token["token_hash"], token["expires_at"])
            for name in COLLECTIONS
            async for token in db[name].find()
        ]


async def expire_tokens(database: Database) -> None:
    async with database.write() as db:
        for name in COLLECTIONS:
            await db[name].update_many({}, {"$set": {"expires_at": utc_now()}})


async def age_used_tokens(database: Database, seconds: int) -> None:
    """Make it so long ago that the used tokens were used."""
    async with database.write() as db:
        past = utc_now() - timedelta(seconds=seconds)
        await db["used_refresh_tokens"].update_many({}, {"$set": {"used_at": past}})


async def age_families(database: Database, seconds: int | None) -> None:
    """Make it so long ago that each session began, or unknown."""
    async with database.write() as db:
        started_at = utc_now() - timedelta(seconds=seconds or 0)
        operator = "$unset" if seconds is None else "$set"
        await db["refresh_families"].update_many({}, {operator: {"family_started_at": started_at}})
