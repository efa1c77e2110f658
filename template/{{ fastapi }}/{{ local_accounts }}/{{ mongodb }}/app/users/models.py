"""The documents of accounts."""

from datetime import datetime

from app.auth.subject import Role
from app.documents import Document


class User(Document):
    """Somebody who can sign in."""

    # Lower-cased before it comes here: the index makes addresses unique whatever their case.
    email: str
    password_hash: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None
    # Refresh tokens work for the generation in which they were issued only: one more ends them
    # all, in the same atomic update that changes the account.
    token_generation: int
