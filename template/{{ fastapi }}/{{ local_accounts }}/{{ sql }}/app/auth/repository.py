"""Queries on refresh tokens."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.models import RefreshToken
from app.auth.tokens import new_refresh_token, refresh_token_hash
from app.orm import utc_now


class RefreshTokenRepository:
    """All refresh tokens; none is kept as clear text."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(
        self, user_id: UUID, family_id: UUID, *, started_at: datetime, expires_at: datetime
    ) -> str:
        """Return the clear text of a new token, which the end of the transaction writes."""
        token = new_refresh_token()
        self._session.add(
            RefreshToken(
                token_hash=refresh_token_hash(token),
                family_id=family_id,
                family_started_at=started_at,
                user_id=user_id,
                expires_at=expires_at,
            )
        )
        return token

    async def get(self, token: str) -> RefreshToken | None:
        """Return the token as it is now, or None."""
        found: RefreshToken | None = await self._session.scalar(
            select(RefreshToken)
            .where(RefreshToken.token_hash == refresh_token_hash(token))
            .execution_options(populate_existing=True)
        )
        return found

    async def claim(self, token_id: UUID) -> bool:
        """Use the token up; of any number of parallel calls, exactly one is told True."""
        now = utc_now()
        claimed = await self._session.scalar(
            update(RefreshToken)
            .where(
                RefreshToken.id == token_id,
                RefreshToken.used_at.is_(None),
                RefreshToken.revoked_at.is_(None),
                RefreshToken.expires_at > now,
            )
            .values(used_at=now)
            .returning(RefreshToken.id)
        )
        return claimed is not None

    async def revoke_family(self, family_id: UUID) -> None:
        """End every token that came from the same login."""
        await self._session.execute(
            update(RefreshToken)
            .where(RefreshToken.family_id == family_id, RefreshToken.revoked_at.is_(None))
            .values(revoked_at=utc_now())
        )

    async def revoke_user(self, user_id: UUID) -> None:
        """End every token of an account."""
        await self._session.execute(
            update(RefreshToken)
            .where(RefreshToken.user_id == user_id, RefreshToken.revoked_at.is_(None))
            .values(revoked_at=utc_now())
        )

    async def purge(self) -> int:
        """Remove the expired tokens and return how many there were."""
        expired = RefreshToken.expires_at <= utc_now()
        count = await self._session.scalar(
            select(func.count()).select_from(RefreshToken).where(expired)
        )
        await self._session.execute(delete(RefreshToken).where(expired))
        return count or 0
