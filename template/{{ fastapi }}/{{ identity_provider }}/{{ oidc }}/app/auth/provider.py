"""The OpenID Connect issuer: what its access tokens look like (RFC 9068)."""

from typing import TYPE_CHECKING

from app.auth.claims import Claims, texts

if TYPE_CHECKING:
    from app.settings import Settings

# Asymmetric ones only: a key that verifies must not be a key that signs.
ALGORITHMS = ("RS256", "ES256", "EdDSA")
ROLES_CLAIM = "roles"  # RFC 9068 §2.2.3.1

ISSUER = r"https?://[^?#\s]+"
EXAMPLE_ISSUER = "https://issuer.example.com"
EXAMPLE_AUDIENCE = "https://api.example.com"


def accepts(claims: Claims, settings: "Settings") -> bool:
    """Tell whether the token is for this service: an ID token is for the client instead."""
    return not set(settings.oidc_audience).isdisjoint(texts(claims.get("aud")))
