"""Who a request is from."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What an account may do: an admin sees all users, too."""

    USER = "user"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Subject:
    """The caller, as the access token says."""

    id: str
    role: Role
