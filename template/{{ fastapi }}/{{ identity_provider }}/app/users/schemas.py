"""What clients get."""

from app.auth.subject import Role
from app.types import ResponseBody


class UserOut(ResponseBody):
    """The caller, as far as the access token tells; the rest is with the identity provider."""

    id: str
    email: str | None
    role: Role
    created_at: None = None
