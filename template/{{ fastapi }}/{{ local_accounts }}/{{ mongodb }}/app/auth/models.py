"""The documents of refresh tokens."""

from datetime import datetime

from app.documents import Document, TextId


class RefreshFamily(Document):
    """All refresh tokens that came from the same login. Only the last one can be used.

    It changes with each use of a token, so to use one and to end the family are updates of the
    same document, of which one comes first.
    """

    user_id: TextId
    token_generation: int
    token_hash: bytes
    # Missing in documents that are older than the field: they start with their next refresh.
    family_started_at: datetime | None = None
    expires_at: datetime
    revoked_at: datetime | None


class UsedRefreshToken(Document):
    """A token that was used, kept until it expires: a second use betrays a thief."""

    token_hash: bytes
    family_id: TextId
    used_at: datetime
    expires_at: datetime
