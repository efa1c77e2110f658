"""Types of the API that more than one feature uses."""

import re
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    WithJsonSchema,
)

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

# Unicode White_Space, spelt out: `str.strip` without arguments takes U+001C to U+001F for white
# space too, and other languages trim other sets.
WHITE_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)


def without(characters: str, name: str) -> AfterValidator:
    """Return a validator that refuses text with one of the characters, given as a range."""
    pattern = re.compile(f"[{characters}]")

    def check(value: str) -> str:
        if pattern.search(value):
            message = f"must not contain {name}"
            raise ValueError(message)
        return value

    return AfterValidator(check)


def _trim(value: str) -> str:
    trimmed = value.strip(WHITE_SPACE)
    if not trimmed:
        message = "must not be blank"
        raise ValueError(message)
    return trimmed


def _canonical_uuid(value: object) -> object:
    if isinstance(value, str) and not _UUID.fullmatch(value):
        message = "must be a UUID"
        raise ValueError(message)
    return value


def _rfc3339(value: datetime) -> str:
    return value.isoformat(timespec="microseconds").replace("+00:00", "Z")


# JSON can hold half of a surrogate pair; UTF-8, and so every database, cannot.
Unicode = Annotated[str, without("\ud800-\udfff", "lone surrogates")]

# One line, such as a title: trimmed and not blank. A field bounds its length after that.
Line = Annotated[
    Unicode, AfterValidator(_trim), without("\x00-\x1f\x7f-\x9f", "control characters")
]
# Several lines, such as a description.
Text = Annotated[
    Unicode,
    without("\x00-\x08\x0b-\x1f\x7f-\x9f", "control characters except tab and newline"),
]

UtcTime = Annotated[
    datetime,
    PlainSerializer(_rfc3339, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]
PathId = Annotated[UUID, Path(alias="id"), BeforeValidator(_canonical_uuid)]


class RequestBody(BaseModel):
    """A body from outside: unknown fields are refused, nobody sets an owner or a role."""

    model_config = ConfigDict(extra="forbid")


class ResponseBody(BaseModel):
    """A body that we send, made from the attributes of a row."""

    model_config = ConfigDict(from_attributes=True)
