"""What Clerk documents of its session tokens, version 2.

https://clerk.com/docs/guides/sessions/session-tokens
"""

from app.auth.provider import EXAMPLE_AUDIENCE

ACCESS_TOKEN = {
    "sub": "user_123",
    "azp": EXAMPLE_AUDIENCE,
    "fva": [7, -1],
    "jti": "a1b2c3d4e5f67890abcd",
    "o": {"id": "org_123", "slg": "org-slug", "rol": "member"},
    "pla": "u:free",
    "sid": "sess_123",
    "sts": "active",
    "v": 2,
}
ALSO_ACCEPTED: dict[str, dict[str, object]] = {
    "without organization": {"o": None},
    "without status": {"sts": None},
}
REFUSED: dict[str, dict[str, object]] = {
    "other origin": {"azp": "https://evil.example.com"},
    "subdomain": {"azp": "https://user.app.example.com"},
    "no origin": {"azp": None},
    "ID token": {"azp": None, "aud": "client_123", "sid": None, "o": None},
    "origin as audience": {"azp": None, "aud": EXAMPLE_AUDIENCE},
    "pending": {"sts": "pending"},
    "other instance": {"iss": "https://other.clerk.accounts.dev"},
    "issuer with slash": {"iss": "https://example.clerk.accounts.dev/"},
}
# As "Customize session token" adds the public metadata of a user.
ADMIN = {"metadata": {"role": "admin"}}
NO_ADMINS: list[dict[str, object]] = [
    {"o": {"id": "org_123", "slg": "org-slug", "rol": "admin"}},
    {"metadata": None},
    {"metadata": "admin"},
    {"role": "admin"},
]
WRONG_ISSUERS = ["https://example.clerk.accounts.dev/", "example.clerk.accounts.dev"]
