"""What clients send and get."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.types import Line, RequestBody, ResponseBody, Text, UtcTime

Title = Annotated[Line, Field(min_length=1, max_length=200)]
Description = Annotated[Text, Field(max_length=2000)]


class ItemCreate(RequestBody):
    """A new item."""

    title: Title
    description: Description | None = None


class ItemPatch(RequestBody):
    """The fields of an item that change; the others stay as they are."""

    # Never null, and never read unless it was sent.
    title: Title = Field(default_factory=str)
    description: Description | None = None

    def changes(self) -> dict[str, str | None]:
        """Return only what the client sent."""
        return self.model_dump(exclude_unset=True)


class ItemOut(ResponseBody):
    """An item as its owner sees it."""

    id: UUID
    title: str
    description: str | None
    created_at: UtcTime
    updated_at: UtcTime


class ItemPage(ResponseBody):
    """One page of items, newest first; `next_cursor` is null on the last one."""

    items: list[ItemOut]
    next_cursor: str | None
