"""Clerk: what its session tokens look like.

https://clerk.com/docs/guides/sessions/session-tokens
https://clerk.com/docs/guides/sessions/manual-jwt-verification
"""

from typing import TYPE_CHECKING

from app.auth.claims import Claims

if TYPE_CHECKING:
    from app.settings import Settings

ALGORITHMS = ("RS256",)
# Nobody is an admin until OIDC_ROLES_CLAIM names a claim. `o.rol`, the role in the active
# organization, is no default: whoever creates an organization is its admin.
ROLES_CLAIM = ""

# The Frontend API URL, which has no path.
ISSUER = r"https?://[^/?#\s]+"
EXAMPLE_ISSUER = "https://example.clerk.accounts.dev"
EXAMPLE_AUDIENCE = "https://app.example.com"


def accepts(claims: Claims, settings: "Settings") -> bool:
    """Tell whether the token is of a session that began at one of our origins.

    Session tokens have no `aud`. The status `pending` is that of a user who still has to do
    something, such as to choose an organization.
    """
    return claims.get("azp") in settings.oidc_audience and claims.get("sts", "active") == "active"
