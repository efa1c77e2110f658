"""Queries on refresh tokens."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from pymongo.errors import DuplicateKeyError

from app.auth.models import RefreshFamily, UsedRefreshToken
from app.auth.tokens import new_refresh_token, refresh_token_hash
from app.database import Collections
from app.documents import new_id, utc_now
from app.users.models import User


class RefreshTokenRepository:
    """All refresh tokens; none is kept as clear text."""

    def __init__(self, db: Collections) -> None:
        self._families = db["refresh_families"]
        self._used = db["used_refresh_tokens"]

    async def start_family(self, user: User, *, started_at: datetime, expires_at: datetime) -> str:
        """Return the clear text of the first token after a login."""
        token = new_refresh_token()
        family = RefreshFamily(
            id=new_id(),
            user_id=user.id,
            token_generation=user.token_generation,
            token_hash=refresh_token_hash(token),
            family_started_at=started_at,
            expires_at=expires_at,
            revoked_at=None,
        )
        await self._families.insert_one(family.model_dump())
        return token

    async def get_family(self, token: str) -> RefreshFamily | None:
        """Return the family that the token belongs to, used or not, or None."""
        token_hash = refresh_token_hash(token)
        document = await self._families.find_one({"token_hash": token_hash})
        if document is None:
            used = await self._used.find_one({"token_hash": token_hash})
            document = used and await self._families.find_one({"_id": used["family_id"]})
        return RefreshFamily.model_validate(document) if document else None

    async def rotate(
        self, family: RefreshFamily, token: str, *, started_at: datetime, expires_at: datetime
    ) -> str | None:
        """Use the token up and return its successor, or None.

        Of any number of parallel calls with one token, exactly one gets a successor.
        """
        now = utc_now()
        token_hash = refresh_token_hash(token)
        if family.token_hash != token_hash:
            return None
        # Before it is used up: a token that was must be on record, whatever happens in between. When
        # something did, the token was not used yet, and the time is that of the try that succeeds.
        used = UsedRefreshToken(
            id=new_id(),
            token_hash=token_hash,
            family_id=family.id,
            used_at=now,
            expires_at=family.expires_at,
        )
        with suppress(DuplicateKeyError):
            await self._used.update_one(
                {"token_hash": token_hash},
                {"$set": {"used_at": now}, "$setOnInsert": used.model_dump(exclude={"used_at"})},
                upsert=True,
            )
        successor = new_refresh_token()
        rotated = await self._families.find_one_and_update(
            {"token_hash": token_hash, "revoked_at": None, "expires_at": {"$gt": now}},
            {
                "$set": {
                    "token_hash": refresh_token_hash(successor),
                    "family_started_at": started_at,
                    "expires_at": expires_at,
                }
            },
        )
        return successor if rotated else None

    async def used_at(self, token: str) -> datetime | None:
        """Return when the token was used, or None."""
        used = await self._used.find_one({"token_hash": refresh_token_hash(token)})
        return UsedRefreshToken.model_validate(used).used_at if used else None

    async def revoke(self, family_id: UUID) -> bool:
        """End the family; tell whether it was not ended before."""
        changed = await self._families.update_one(
            {"_id": str(family_id), "revoked_at": None}, {"$set": {"revoked_at": utc_now()}}
        )
        return changed.modified_count == 1

    async def purge(self) -> int:
        """Remove the expired tokens and return how many there were."""
        expired = {"expires_at": {"$lte": utc_now()}}
        families = await self._families.delete_many(expired)
        used = await self._used.delete_many(expired)
        return families.deleted_count + used.deleted_count
