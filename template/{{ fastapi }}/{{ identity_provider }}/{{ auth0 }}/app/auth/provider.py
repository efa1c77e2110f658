"""Auth0: what its access tokens look like.

https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles
https://auth0.com/docs/secure/tokens/access-tokens/validate-access-tokens
"""

from typing import TYPE_CHECKING

from app.auth.claims import Claims, texts

if TYPE_CHECKING:
    from app.settings import Settings

# The default signing algorithm of an API. HS256 would need a secret of the tenant here:
# https://auth0.com/docs/get-started/applications/signing-algorithms
ALGORITHMS = ("RS256",)
# With "Add Permissions in the Access Token":
# https://auth0.com/docs/get-started/apis/enable-role-based-access-control-for-apis
ROLES_CLAIM = "permissions"

# The slash at its end is part of the issuer.
ISSUER = r"https?://[^/?#\s]+/"
EXAMPLE_ISSUER = "https://example.eu.auth0.com/"
EXAMPLE_AUDIENCE = "https://api.example.com"


def accepts(claims: Claims, settings: "Settings") -> bool:
    """Tell whether the token is for this API: an ID token is for the application instead."""
    return not set(settings.oidc_audience).isdisjoint(texts(claims.get("aud")))
