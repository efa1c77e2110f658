"""What clients get."""

from uuid import UUID

from app.auth.subject import Role
from app.types import ResponseBody, UtcTime


class UserOut(ResponseBody):
    """An account."""

    id: UUID
    email: str
    role: Role
    created_at: UtcTime


class UserPage(ResponseBody):
    """One page of accounts, newest first; `next_cursor` is null on the last one."""

    items: list[UserOut]
    next_cursor: str | None
