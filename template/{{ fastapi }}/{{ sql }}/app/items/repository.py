"""Queries on items. Each starts from the owner, so none can reach somebody else's row."""

from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.items.models import Item
from app.orm import new_id, utc_now
from app.pagination import Cursor, Page, PageQuery, page_of

# Built once, since to build and compare a query costs as much as to send it.
_OWN = select(Item).where(Item.owner_id == bindparam("owner_id"))
_BY_ID = _OWN.where(Item.id == bindparam("item_id"))
_FIRST_PAGE = _OWN.order_by(Item.created_at.desc(), Item.id.desc()).limit(bindparam("rows"))
# One comparison of rows, which the index answers at any depth; the same condition spelt with OR
# reads every row before the cursor.
_NEXT_PAGE = _FIRST_PAGE.where(
    tuple_(Item.created_at, Item.id)
    < tuple_(
        bindparam("created_at", type_=Item.created_at.type), bindparam("id", type_=Item.id.type)
    )
)


class ItemRepository:
    """The items of one owner."""

    def __init__(self, session: AsyncSession, owner_id: str) -> None:
        self._session = session
        self._owner_id = owner_id

    async def list(self, page: PageQuery) -> Page[Item]:
        """Return a page, newest first."""
        values: dict[str, Any] = {"owner_id": self._owner_id, "rows": page.limit + 1}
        query = _FIRST_PAGE
        if page.after is not None:
            query = _NEXT_PAGE
            values |= {"created_at": page.after.created_at, "id": page.after.id}
        rows = (await self._session.scalars(query, values)).all()
        return page_of(rows, page.limit, lambda item: Cursor(item.created_at, item.id))

    async def get(self, item_id: UUID) -> Item | None:
        """Return the item, or None: also when it is somebody else's."""
        values = {"owner_id": self._owner_id, "item_id": item_id}
        item: Item | None = await self._session.scalar(_BY_ID, values)
        return item

    async def add(self, title: str, description: str | None) -> Item:
        """Return the new item."""
        now = utc_now()
        item = Item(
            id=new_id(),
            owner_id=self._owner_id,
            title=title,
            description=description,
            created_at=now,
            updated_at=now,
        )
        self._session.add(item)
        await self._session.flush()
        return item

    async def update(self, item_id: UUID, changes: dict[str, Any]) -> Item | None:
        """Return the changed item, or None."""
        if not changes:
            return await self.get(item_id)
        item: Item | None = await self._session.scalar(
            update(Item)
            .where(Item.owner_id == self._owner_id, Item.id == item_id)
            .values(**changes, updated_at=utc_now())
            .returning(Item)
        )
        return item

    async def delete(self, item_id: UUID) -> bool:
        """Tell whether there was such an item to remove."""
        removed = await self._session.scalar(
            delete(Item)
            .where(Item.owner_id == self._owner_id, Item.id == item_id)
            .returning(Item.id)
        )
        return removed is not None
