"""Supabase: what its access tokens look like.

https://supabase.com/docs/guides/auth/jwt-fields
https://supabase.com/docs/guides/auth/signing-keys
"""

from typing import TYPE_CHECKING

from app.auth.claims import Claims, texts

if TYPE_CHECKING:
    from app.settings import Settings

# Of asymmetric signing keys; a legacy JWT secret is HS256 and has to be rotated away first.
ALGORITHMS = ("ES256", "RS256")
# Users cannot change their `app_metadata`, in contrast to their `user_metadata`.
ROLES_CLAIM = "app_metadata.role"

ISSUER = r"https?://[^?#\s]+/auth/v1"
EXAMPLE_ISSUER = "https://example.supabase.co/auth/v1"
EXAMPLE_AUDIENCE = "authenticated"


def accepts(claims: Claims, settings: "Settings") -> bool:
    """Tell whether the token is of a user who has signed in.

    Anonymous users have the same audience and role:
    https://supabase.com/docs/guides/auth/auth-anonymous
    """
    if claims.get("is_anonymous", False) is not False and not settings.oidc_allow_anonymous:
        return False
    return not set(settings.oidc_audience).isdisjoint(texts(claims.get("aud")))
