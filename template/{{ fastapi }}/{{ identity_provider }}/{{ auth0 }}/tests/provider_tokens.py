"""What Auth0 documents of its tokens.

https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles
https://auth0.com/docs/secure/tokens/id-tokens/id-token-structure
"""

from app.auth.provider import EXAMPLE_AUDIENCE

ACCESS_TOKEN = {
    "sub": "auth0|123456",
    "aud": [EXAMPLE_AUDIENCE, "https://example.eu.auth0.com/userinfo"],
    "azp": "my_client_id",
    "scope": "openid profile read:patients read:admin",
    "permissions": ["read:patients"],
}
ALSO_ACCEPTED: dict[str, dict[str, object]] = {
    "machine": {
        "sub": "my_client_id@clients",
        "aud": EXAMPLE_AUDIENCE,
        "gty": "client-credentials",
    },
    "RFC 9068 profile": {"azp": None, "client_id": "my_client_id", "jti": "73WakrfVbNJBaAmhQtEeDv"},
}
REFUSED: dict[str, dict[str, object]] = {
    "ID token": {"aud": "my_client_id", "azp": None, "scope": None, "nonce": "n-0S6_WzA2Mj"},
    "other API": {"aud": ["https://other.example.com", "https://example.eu.auth0.com/userinfo"]},
    "no audience": {"aud": None},
    "other tenant": {"iss": "https://other.eu.auth0.com/"},
    "issuer without slash": {"iss": "https://example.eu.auth0.com"},
}
ADMIN = {"permissions": ["read:patients", "admin"]}
NO_ADMINS: list[dict[str, object]] = [{"permissions": ["read:admin"]}, {"permissions": None}]
WRONG_ISSUERS = ["https://example.eu.auth0.com", "example.eu.auth0.com/", "https://a.example/b/"]
