"""The documents of items."""

from datetime import datetime

from app.documents import Document


class Item(Document):
    """Something that belongs to one subject."""

    owner_id: str
    title: str
    description: str | None
    created_at: datetime
    updated_at: datetime
