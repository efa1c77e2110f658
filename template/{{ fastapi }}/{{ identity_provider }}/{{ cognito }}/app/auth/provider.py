"""Amazon Cognito: what the access tokens of a user pool look like.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
"""

from typing import TYPE_CHECKING

from app.auth.claims import Claims

if TYPE_CHECKING:
    from app.settings import Settings

ALGORITHMS = ("RS256",)
ROLES_CLAIM = "cognito:groups"

ISSUER = r"https://cognito-idp\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?/\1_[0-9A-Za-z]+"
EXAMPLE_ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Example12"
EXAMPLE_AUDIENCE = "1example23456789"


def accepts(claims: Claims, settings: "Settings") -> bool:
    """Tell whether this is an access token that was made for one of our app clients.

    Access tokens need no `aud`. ID tokens come from the same issuer, for another use.
    """
    return claims.get("token_use") == "access" and claims.get("client_id") in settings.oidc_audience
