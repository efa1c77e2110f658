"""What every document has in common."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import uuid_utils.compat
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer
from pymongo import DESCENDING

from app.pagination import Cursor

# Stored as text, as in the API and in every reference: an owner need not be a UUID.
TextId = Annotated[UUID, PlainSerializer(str, return_type=str)]

NEWEST_FIRST = [("created_at", DESCENDING), ("_id", DESCENDING)]


class Document(BaseModel):
    """A document of a collection, whose `_id` is `id` here.

    What a document has besides is left out: a newer version of the service may have added it.
    """

    model_config = ConfigDict(frozen=True, validate_by_name=True, serialize_by_alias=True)

    id: TextId = Field(alias="_id")


def utc_now() -> datetime:
    """Return the time in whole milliseconds: the database keeps no more."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def new_id() -> UUID:
    """Return a UUID of version 7 (RFC 9562): ids that grow keep indexes compact."""
    return uuid_utils.compat.uuid7()


def after(place: Cursor) -> dict[str, Any]:
    """Return the condition for what follows a place in the order `NEWEST_FIRST`.

    The bound of the time is where the index starts to read; the alternatives decide about equal
    times only. Alone they would read everything before the place, at any depth.
    """
    return {
        "created_at": {"$lte": place.created_at},
        "$or": [{"created_at": {"$lt": place.created_at}}, {"_id": {"$lt": str(place.id)}}],
    }
