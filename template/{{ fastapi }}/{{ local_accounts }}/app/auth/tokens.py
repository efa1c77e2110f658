"""Access tokens: signed, short-lived, verified without a database (RFC 9068)."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import jwt

from app import about
from app.auth.numeric_dates import LEEWAY_SECONDS, are_numbers
from app.auth.subject import Role, Subject
from app.problems import InvalidToken

_ALGORITHM = "HS256"
_TYPE = "at+jwt"
_CLAIMS = ["iss", "aud", "sub", "iat", "exp", "jti", "role"]
_REFRESH_TOKEN_BYTES = 32


class AccessTokens:
    """Signs and verifies the access tokens of this service."""

    def __init__(self, key: str, ttl_seconds: int) -> None:
        self._key = key
        self.ttl_seconds = ttl_seconds

    def sign(self, user_id: UUID, role: Role) -> str:
        """Return a token for the user."""
        now = datetime.now(UTC)
        claims = {
            "iss": about.SLUG,
            "aud": about.SLUG,
            "sub": str(user_id),
            "iat": now,
            "exp": now + timedelta(seconds=self.ttl_seconds),
            "jti": str(uuid4()),
            "role": role,
        }
        return jwt.encode(claims, self._key, _ALGORITHM, headers={"typ": _TYPE})

    def verify(self, token: str) -> Subject:
        """Return whom the token stands for; raise `InvalidToken` for any that we did not sign."""
        try:
            decoded = jwt.decode_complete(
                token,
                self._key,
                algorithms=[_ALGORITHM],
                issuer=about.SLUG,
                audience=about.SLUG,
                leeway=LEEWAY_SECONDS,
                options={"require": _CLAIMS},
            )
            # Without the type, any other token that this key signs would do (RFC 9068 §4).
            claims = decoded["payload"]
            if decoded["header"].get("typ", "").lower() != _TYPE or not are_numbers(claims):
                raise InvalidToken
            return Subject(id=str(UUID(claims["sub"])), role=Role(claims["role"]))
        except (jwt.PyJWTError, ValueError, AttributeError, OverflowError, RecursionError):
            raise InvalidToken from None


def new_refresh_token() -> str:
    """Return a token that nobody can guess."""
    return secrets.token_urlsafe(_REFRESH_TOKEN_BYTES)


def refresh_token_hash(token: str) -> bytes:
    """Return what is stored: a stolen database gives no tokens. No salt: the token is random."""
    return hashlib.sha256(token.encode()).digest()
