"""Access tokens of the identity provider, verified here with the keys that it publishes."""

import jwt

from app.auth import provider
from app.auth.claims import Claims, claim_at, texts
from app.auth.keys import SigningKeys
from app.auth.numeric_dates import LEEWAY_SECONDS, are_numbers
from app.auth.subject import Role, Subject
from app.problems import InvalidToken
from app.settings import Settings

_REQUIRED = ["iss", "sub", "exp"]
_LONGEST_SUBJECT = 255  # OpenID Connect Core 1.0 §2


class AccessTokens:
    """Verifies access tokens as RFC 8725 and RFC 9068 §4 ask for, and as the provider does."""

    def __init__(self, keys: SigningKeys, settings: Settings) -> None:
        self._keys = keys
        self._settings = settings

    async def verify(self, token: str) -> Subject:
        """Return whom the token stands for.

        Raises `InvalidToken` for any that the provider did not make for this service, and
        `Unavailable` when its keys cannot be had.
        """
        try:
            header = jwt.get_unverified_header(token)
            kid, algorithm = header.get("kid"), header.get("alg")
            if not kid or algorithm not in provider.ALGORITHMS:
                raise InvalidToken
            claims = jwt.decode(
                token,
                await self._keys.find(kid, algorithm),
                algorithms=[algorithm],
                issuer=self._settings.oidc_issuer,
                leeway=LEEWAY_SECONDS,
                # What says whom a token is for differs by provider.
                options={"require": _REQUIRED, "verify_aud": False},
            )
        except (jwt.PyJWTError, OverflowError, RecursionError):
            raise InvalidToken from None
        if not are_numbers(claims) or not provider.accepts(claims, self._settings):
            raise InvalidToken
        return self._subject(claims)

    def _subject(self, claims: Claims) -> Subject:
        subject: str = claims["sub"]
        # It becomes the owner of rows: no database takes every text.
        if not 0 < len(subject) <= _LONGEST_SUBJECT or not subject.isprintable():
            raise InvalidToken
        roles = texts(claim_at(claims, self._settings.oidc_roles_claim))
        email = claims.get("email")
        return Subject(
            id=subject,
            role=Role.ADMIN if Role.ADMIN in roles else Role.USER,
            email=email if isinstance(email, str) else None,
        )
