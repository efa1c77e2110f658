"""Types of the API that more than one feature uses."""

import re
from datetime import datetime
from itertools import islice
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import Path
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ModelWrapValidatorHandler,
    PlainSerializer,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from app.problems import MOST_ERRORS

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


def _again(details: ErrorDetails) -> InitErrorDetails:
    """Return what makes the same error once more."""
    same = PydanticCustomError(details["type"], details["msg"], details.get("ctx"))
    return InitErrorDetails(type=same, loc=details["loc"], input=None)


class RequestBody(BaseModel):
    """A body from outside: unknown fields are refused, nobody sets an owner or a role."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="wrap")
    @classmethod
    def _count_unknown(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:  # noqa: ANN401
        """Report very many unknown fields as the first ones and the number of the others.

        Each reported one costs far more than to send it.
        """
        few = not isinstance(data, dict) or len(data) <= len(cls.model_fields) + MOST_ERRORS
        if few or cls.model_config.get("extra") != "forbid":
            return handler(data)
        names = set(cls.model_fields) | {field.alias for field in cls.model_fields.values()}
        known = {name: data[name] for name in names if name in data}
        shown = dict.fromkeys(islice((name for name in data if name not in names), MOST_ERRORS))
        try:
            return handler({**known, **shown})
        except ValidationError as error:
            others = PydanticCustomError(
                "unknown_fields",
                "there are {fields} more unknown fields",
                {"fields": len(data) - len(known) - len(shown)},
            )
            errors = [_again(details) for details in error.errors(include_url=False)]
            last = InitErrorDetails(type=others, loc=(), input=None)
            raise ValidationError.from_exception_data(cls.__name__, [*errors, last]) from None


class ResponseBody(BaseModel):
    """A body that we send, made from the attributes of a row."""

    model_config = ConfigDict(from_attributes=True)
