"""Queries on accounts."""

from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.subject import Role
from app.pagination import Cursor, Page, PageQuery, page_of
from app.users.models import User


class UserRepository:
    """All accounts."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def list(self, page: PageQuery) -> Page[User]:
        """Return a page, newest first."""
        query = select(User).order_by(User.created_at.desc(), User.id.desc()).limit(page.limit + 1)
        if page.after is not None:
            place = (page.after.created_at, page.after.id)
            query = query.where(tuple_(User.created_at, User.id) < place)
        rows = (await self._session.scalars(query)).all()
        return page_of(rows, page.limit, lambda user: Cursor(user.created_at, user.id))

    async def get(self, user_id: UUID) -> User | None:
        """Return the account, or None."""
        return await self._session.get(User, user_id)

    async def get_by_email(self, email: str) -> User | None:
        """Return the account with this lower-cased address, or None."""
        user: User | None = await self._session.scalar(select(User).where(User.email == email))
        return user

    async def lock(self, user_id: UUID) -> User | None:
        """Return the account and keep others from changing it until the transaction ends."""
        user: User | None = await self._session.scalar(
            select(User).where(User.id == user_id).with_for_update(key_share=True)
        )
        return user

    async def add(self, email: str, password_hash: str, role: Role) -> User:
        """Return the new account; raise `IntegrityError` when the address is taken."""
        user = User(email=email, password_hash=password_hash, role=role)
        self._session.add(user)
        await self._session.flush()
        return user
