"""Keycloak: what its access tokens look like.

https://www.keycloak.org/docs/latest/server_admin/#_audience
https://www.keycloak.org/securing-apps/oidc-layers
"""

from typing import TYPE_CHECKING

from app.about import SLUG
from app.auth.claims import Claims, texts

if TYPE_CHECKING:
    from app.settings import Settings

ALGORITHMS = ("RS256",)
ROLES_CLAIM = "realm_access.roles"

ISSUER = r"https?://[^?#\s]+/realms/[^/?#\s]+"
EXAMPLE_ISSUER = "https://keycloak.example.com/realms/example"
EXAMPLE_AUDIENCE = "example-api"
# What compose.keycloak.yaml starts; the audience is what the mapper of its client adds.
DEVELOPMENT_REALM = {
    "oidc_issuer": f"http://localhost:8080/realms/{SLUG}",
    "oidc_audience": SLUG,
}


def accepts(claims: Claims, settings: "Settings") -> bool:
    """Tell whether this is an access token for this service, or else of this client.

    An audience mapper adds the service to `aud`; without one `azp` names the client that the token
    was made for. The type tells an access token from an ID token, whose header is the same.
    """
    meant_for = {*texts(claims.get("aud")), *texts(claims.get("azp"))}
    return claims.get("typ") == "Bearer" and not meant_for.isdisjoint(settings.oidc_audience)
