"""Firebase: what its ID tokens look like, which are what it has for access.

https://firebase.google.com/docs/auth/admin/verify-id-tokens#verify_id_tokens_using_a_third-party_jwt_library
"""

from typing import TYPE_CHECKING

from app.auth.claims import Claims, texts

if TYPE_CHECKING:
    from app.settings import Settings

# The emulator does not sign at all, so its tokens are refused.
ALGORITHMS = ("RS256",)
# A custom claim: https://firebase.google.com/docs/auth/admin/custom-claims
ROLES_CLAIM = "role"

# The project id is what it ends with.
ISSUER = r"https://securetoken\.google\.com/[a-z][a-z0-9-]*"
EXAMPLE_ISSUER = "https://securetoken.google.com/example-project"
EXAMPLE_AUDIENCE = "example-project"


def accepts(claims: Claims, settings: "Settings") -> bool:
    """Tell whether the token is for this project."""
    return not set(settings.oidc_audience).isdisjoint(texts(claims.get("aud")))
