"""What the standards say about tokens.

Access token: RFC 9068 §2.2, ID token: OpenID Connect Core 1.0 §2.
"""

from app.auth.provider import EXAMPLE_AUDIENCE

ACCESS_TOKEN = {
    "sub": "5ba552d67",
    "aud": EXAMPLE_AUDIENCE,
    "client_id": "s6BhdRkqt3",
    "jti": "dbe39bf3a3ba4238a513f51d6e1691c4",
    "scope": "openid profile reademail",
}
ALSO_ACCEPTED: dict[str, dict[str, object]] = {
    "two audiences": {"aud": ["https://other.example.com", EXAMPLE_AUDIENCE]}
}
REFUSED: dict[str, dict[str, object]] = {
    "ID token": {"aud": "s6BhdRkqt3", "client_id": None, "nonce": "n-0S6_WzA2Mj"},
    "other service": {"aud": "https://other.example.com"},
    "part of the audience": {"aud": "https://api.example.co"},
    "no audience": {"aud": None},
    "empty audience": {"aud": []},
    "odd audience": {"aud": {"0": EXAMPLE_AUDIENCE}},
    "other issuer": {"iss": "https://other.example.com"},
    "issuer with slash": {"iss": "https://issuer.example.com/"},
}
ADMIN = {"roles": ["user", "admin"]}
NO_ADMINS: list[dict[str, object]] = [{"roles": ["administrator"]}, {"roles": {"admin": True}}]
WRONG_ISSUERS = ["issuer.example.com", "https://issuer.example.com?tenant=1", "https://"]
