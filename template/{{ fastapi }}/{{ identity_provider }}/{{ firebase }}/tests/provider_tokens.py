"""What Firebase documents of its tokens.

https://firebase.google.com/docs/auth/admin/verify-id-tokens#verify_id_tokens_using_a_third-party_jwt_library
https://firebase.google.com/docs/rules/rules-and-auth
"""

from app.auth.provider import EXAMPLE_AUDIENCE

ACCESS_TOKEN = {
    "sub": "ZGHiuBsPqGgT9Ra2JvMpF0vTgHn1",
    "user_id": "ZGHiuBsPqGgT9Ra2JvMpF0vTgHn1",
    "aud": EXAMPLE_AUDIENCE,
    "auth_time": 1_640_991_600,
    "email": "user@example.com",
    "email_verified": True,
    "firebase": {
        "identities": {"email": ["user@example.com"]},
        "sign_in_provider": "password",
    },
}
ALSO_ACCEPTED: dict[str, dict[str, object]] = {
    "signed in by phone": {"email": None, "email_verified": None, "phone_number": "+491701234567"}
}
REFUSED: dict[str, dict[str, object]] = {
    "other project": {
        "iss": "https://securetoken.google.com/other-project",
        "aud": "other-project",
    },
    "audience of another project": {"aud": "other-project"},
    "no audience": {"aud": None},
    "session cookie": {"iss": "https://session.firebase.google.com/example-project"},
    "Google ID token": {"iss": "https://accounts.google.com", "aud": "1.apps.example.com"},
    "issuer with slash": {"iss": "https://securetoken.google.com/example-project/"},
}
ADMIN = {"role": "admin"}
NO_ADMINS: list[dict[str, object]] = [{"role": "user"}, {"admin": True}, {"role": True}]
WRONG_ISSUERS = [
    "example-project",
    "https://securetoken.google.com/",
    "https://securetoken.google.com/example-project/",
    "https://session.firebase.google.com/example-project",
]
