"""Queries on items. Each starts from the owner, so none can reach somebody else's document."""

from typing import Any
from uuid import UUID

from pymongo import ReturnDocument

from app.database import Collections
from app.documents import NEWEST_FIRST, after, new_id, utc_now
from app.items.models import Item
from app.pagination import Cursor, Page, PageQuery, page_of

# The list never falls back to a plan without it, whatever the statistics are.
_LIST_INDEX = "owner_id_created_at_id"


class ItemRepository:
    """The items of one owner."""

    def __init__(self, db: Collections, owner_id: str) -> None:
        self._items = db["items"]
        self._owner_id = owner_id

    async def list(self, page: PageQuery) -> Page[Item]:
        """Return a page, newest first."""
        found = self._items.find(
            {"owner_id": self._owner_id, **(after(page.after) if page.after else {})},
            sort=NEWEST_FIRST,
            limit=page.limit + 1,
            hint=_LIST_INDEX,
        )
        items = [Item.model_validate(document) async for document in found]
        return page_of(items, page.limit, lambda item: Cursor(item.created_at, item.id))

    async def get(self, item_id: UUID) -> Item | None:
        """Return the item, or None: also when it is somebody else's."""
        document = await self._items.find_one(self._own(item_id))
        return Item.model_validate(document) if document else None

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
        await self._items.insert_one(item.model_dump())
        return item

    async def update(self, item_id: UUID, changes: dict[str, Any]) -> Item | None:
        """Return the changed item, or None."""
        if not changes:
            return await self.get(item_id)
        document = await self._items.find_one_and_update(
            self._own(item_id),
            {"$set": {**changes, "updated_at": utc_now()}},
            return_document=ReturnDocument.AFTER,
        )
        return Item.model_validate(document) if document else None

    async def delete(self, item_id: UUID) -> bool:
        """Tell whether there was such an item to remove."""
        removed = await self._items.delete_one(self._own(item_id))
        return removed.deleted_count == 1

    def _own(self, item_id: UUID) -> dict[str, Any]:
        return {"_id": str(item_id), "owner_id": self._owner_id}
