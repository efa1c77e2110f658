"""Who a request is from."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a caller may do."""

    USER = "user"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Subject:
    """The caller, as the access token says."""

    id: str  # `sub`: what the identity provider calls the user, never anybody else
    role: Role
    email: str | None
