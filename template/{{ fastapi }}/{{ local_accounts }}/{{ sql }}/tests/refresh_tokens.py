"""The stored refresh tokens: what no client can see or change."""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from app.auth.models import RefreshToken
from app.database import Database
from app.orm import utc_now


async def read_tokens(database: Database) -> list[tuple[bytes, datetime]]:
    """Return the hash and the end of each token."""
    async with database.read() as session:
        tokens = await session.scalars(select(RefreshToken))
        return [(token.token_hash, token.expires_at) for token in tokens]


async def expire_tokens(database: Database) -> None:
    async with database.write() as session:
        await session.execute(update(RefreshToken).values(expires_at=utc_now()))


async def age_used_tokens(database: Database, seconds: int) -> None:
    """Make it so long ago that the used tokens were used."""
    async with database.write() as session:
        used = update(RefreshToken).where(RefreshToken.used_at.is_not(None))
        await session.execute(used.values(used_at=utc_now() - timedelta(seconds=seconds)))


async def age_families(database: Database, seconds: int | None) -> None:
    """Make it so long ago that each session began, or unknown."""
    started_at = None if seconds is None else utc_now() - timedelta(seconds=seconds)
    async with database.write() as session:
        await session.execute(update(RefreshToken).values(family_started_at=started_at))
