"""Keyset pagination, newest first: equal cost at any depth, no row twice, no `count(*)`."""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Self
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BeforeValidator

from app.problems import InvalidRequest

_VERSION = 1
_LAYOUT = struct.Struct(">Bq16s")  # version, microseconds since 1970, id
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_CURSOR = 64


def _digits(value: object) -> object:
    """Refuse what `int` takes besides plain digits: `+1`, `1_0`, `1.0`, ` 1`."""
    if not isinstance(value, str):
        return value
    if not (value.isascii() and value.isdigit()):
        message = "must be a whole number"
        raise ValueError(message)
    # Of very many digits, ten are as much too large; `int` refuses to read them all.
    return (value.lstrip("0") or "0")[:10]


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place of a row in the order `(created_at, id)`."""

    created_at: datetime
    id: UUID

    def encode(self) -> str:
        """Return the cursor as text that is safe in a URL."""
        microseconds = (self.created_at - _EPOCH) // timedelta(microseconds=1)
        packed = _LAYOUT.pack(_VERSION, microseconds, self.id.bytes)
        return urlsafe_b64encode(packed).rstrip(b"=").decode()

    @classmethod
    def decode(cls, text: str) -> Self:
        """Return the cursor; raise `ValueError` when it is none of ours."""
        try:
            packed = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
            version, microseconds, id_bytes = _LAYOUT.unpack(packed)
            cursor = cls(_EPOCH + timedelta(microseconds=microseconds), UUID(bytes=id_bytes))
        except (ValueError, struct.error, OverflowError):
            message = "is no cursor of this list"
            raise ValueError(message) from None
        # The decoder skips foreign characters: only the spelling that we write is valid.
        if version != _VERSION or cursor.encode() != text:
            message = "is no cursor of this list"
            raise ValueError(message)
        return cursor


@dataclass(frozen=True, slots=True)
class PageQuery:
    """Which page a client asks for."""

    limit: int
    after: Cursor | None


@dataclass(frozen=True, slots=True)
class Page[Row]:
    """One page of rows, and the cursor of the next one."""

    items: Sequence[Row]
    next_cursor: str | None


def page_of[Row](rows: Sequence[Row], limit: int, place: Callable[[Row], Cursor]) -> Page[Row]:
    """Return a page from up to `limit + 1` rows; the last one only shows that more follow."""
    if len(rows) <= limit:
        return Page(rows, None)
    return Page(rows[:limit], place(rows[limit - 1]).encode())


async def page_query(
    limit: Annotated[int, Query(ge=1, le=100), BeforeValidator(_digits)] = 20,
    cursor: Annotated[
        str | None, Query(max_length=_LONGEST_CURSOR, description="`next_cursor` of the last page.")
    ] = None,
) -> PageQuery:
    """Return the page that the query string asks for."""
    if cursor is None:
        return PageQuery(limit, None)
    try:
        return PageQuery(limit, Cursor.decode(cursor))
    except ValueError as error:
        raise InvalidRequest([{"parameter": "cursor", "detail": str(error)}]) from None


PageParameters = Annotated[PageQuery, Depends(page_query)]
