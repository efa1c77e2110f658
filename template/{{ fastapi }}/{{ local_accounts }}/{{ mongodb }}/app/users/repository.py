"""Queries on accounts. Each change is one atomic update of one document."""

from typing import Any
from uuid import UUID

from pymongo import ReturnDocument

from app.auth.subject import Role
from app.database import Collections
from app.documents import NEWEST_FIRST, after, new_id, utc_now
from app.pagination import Cursor, Page, PageQuery, page_of
from app.users.models import User

_LIST_INDEX = "created_at_id"
_END_TOKENS = {"$inc": {"token_generation": 1}}


class UserRepository:
    """All accounts."""

    def __init__(self, db: Collections) -> None:
        self._users = db["users"]

    async def list(self, page: PageQuery) -> Page[User]:
        """Return a page, newest first."""
        found = self._users.find(
            after(page.after) if page.after else {},
            sort=NEWEST_FIRST,
            limit=page.limit + 1,
            hint=_LIST_INDEX,
        )
        users = [User.model_validate(document) async for document in found]
        return page_of(users, page.limit, lambda user: Cursor(user.created_at, user.id))

    async def get(self, user_id: UUID) -> User | None:
        """Return the account, or None."""
        return await self._find({"_id": str(user_id)})

    async def get_by_email(self, email: str) -> User | None:
        """Return the account with this lower-cased address, or None."""
        return await self._find({"email": email})

    async def add(self, email: str, password_hash: str, role: Role) -> User:
        """Return the new account; raise `DuplicateKeyError` when the address is taken."""
        user = User(
            id=new_id(),
            email=email,
            password_hash=password_hash,
            role=role,
            created_at=utc_now(),
            disabled_at=None,
            token_generation=0,
        )
        await self._users.insert_one(user.model_dump())
        return user

    async def replace_hash(self, user_id: UUID, old: str, new: str) -> User | None:
        """Return the account with another hash of the same password.

        Returns None when it is disabled, or its hash is no longer the old one.
        """
        document = await self._users.find_one_and_update(
            {"_id": str(user_id), "password_hash": old, "disabled_at": None},
            {"$set": {"password_hash": new}},
            return_document=ReturnDocument.AFTER,
        )
        return User.model_validate(document) if document else None

    async def change_password(self, user_id: UUID, old_hash: str, new_hash: str) -> bool:
        """Replace the hash and end every token; tell whether it was done.

        It is not when the account is disabled, or its hash is no longer the old one.
        """
        return await self._update(
            {"_id": str(user_id), "password_hash": old_hash, "disabled_at": None},
            {"$set": {"password_hash": new_hash}, **_END_TOKENS},
        )

    async def set_password(self, user_id: UUID, password_hash: str) -> bool:
        """Set the hash of a new password and end every token; tell whether it was done."""
        change = {"$set": {"password_hash": password_hash}, **_END_TOKENS}
        return await self._update({"_id": str(user_id)}, change)

    async def set_role(self, email: str, role: Role) -> bool:
        """Set the role; tell whether there is such an account."""
        return await self._update({"email": email}, {"$set": {"role": role}})

    async def disable(self, email: str) -> bool:
        """Disable an account and end every token; tell whether there is such an account."""
        change = {"$set": {"disabled_at": utc_now()}, **_END_TOKENS}
        return await self._update({"email": email}, change)

    async def enable(self, email: str) -> bool:
        """Enable an account; tell whether there is such an account."""
        return await self._update({"email": email}, {"$set": {"disabled_at": None}})

    async def _find(self, query: dict[str, Any]) -> User | None:
        document = await self._users.find_one(query)
        return User.model_validate(document) if document else None

    async def _update(self, query: dict[str, Any], change: dict[str, Any]) -> bool:
        return (await self._users.update_one(query, change)).matched_count == 1
