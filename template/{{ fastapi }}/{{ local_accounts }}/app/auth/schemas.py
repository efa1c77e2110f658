"""What clients send and get when they sign up and sign in."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from app.auth.passwords import LONGEST_INPUT, normalise
from app.types import RequestBody, ResponseBody, Unicode, without

# The common subset of RFC 5321 addresses: ASCII, no quoted local part, no comments, a dot in the
# domain. Only a message that arrives proves more.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"(?=.{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")
_SHORTEST_PASSWORD, _LONGEST_PASSWORD = 12, 128


def _email(value: str) -> str:
    if not _EMAIL.fullmatch(value):
        message = "must be an e-mail address such as ada@example.com"
        raise ValueError(message)
    return value.lower()


def _new_password(value: str) -> str:
    too_long = len(value) > LONGEST_INPUT
    if too_long or not _SHORTEST_PASSWORD <= len(normalise(value)) <= _LONGEST_PASSWORD:
        message = f"must have {_SHORTEST_PASSWORD} to {_LONGEST_PASSWORD} characters"
        raise ValueError(message)
    return value


Email = Annotated[str, Field(max_length=254), AfterValidator(_email)]
# Any characters; no database takes U+0000 in text.
Opaque = Annotated[Unicode, without("\x00", "the character U+0000")]
NewPassword = Annotated[Opaque, AfterValidator(_new_password)]
RefreshToken = Annotated[Opaque, Field(min_length=1, max_length=512)]


class Registration(RequestBody):
    """A new account."""

    email: Email
    password: NewPassword


class Credentials(RequestBody):
    """What proves who somebody is. No policy here: a short password is a wrong one."""

    email: Email
    password: Opaque


class RefreshRequest(RequestBody):
    """A refresh token, to be exchanged or to be ended."""

    refresh_token: RefreshToken


class PasswordChange(RequestBody):
    """A new password, and proof that the caller knows the old one."""

    current_password: Opaque
    new_password: NewPassword


class TokenPair(ResponseBody):
    """An access token for requests, and a refresh token for the next pair."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 # no secret
    expires_in: int
    refresh_token: str
