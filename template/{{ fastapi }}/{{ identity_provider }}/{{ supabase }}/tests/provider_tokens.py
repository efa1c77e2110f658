"""What Supabase documents of its tokens.

https://supabase.com/docs/guides/auth/jwt-fields
"""

ACCESS_TOKEN = {
    "sub": "123e4567-e89b-12d3-a456-426614174000",
    "aud": "authenticated",
    "role": "authenticated",
    "aal": "aal1",
    "session_id": "123e4567-e89b-12d3-a456-426614174001",
    "email": "user@example.com",
    "phone": "",
    "is_anonymous": False,
    "app_metadata": {"provider": "email", "providers": ["email"]},
    "user_metadata": {"role": "admin"},
    "amr": [{"method": "password", "timestamp": 1_640_991_600}],
}
ALSO_ACCEPTED: dict[str, dict[str, object]] = {
    "custom token": {"is_anonymous": None, "email": None, "app_metadata": None}
}
REFUSED: dict[str, dict[str, object]] = {
    "anonymous user": {"is_anonymous": True},
    "anonymous in another spelling": {"is_anonymous": "true"},
    "anonymous key": {"aud": "anon", "role": "anon"},
    "ID token": {"aud": "9a8b7c6d-5e4f-3a2b-1c0d-9e8f7a6b5c4d"},
    "no audience": {"aud": None},
    "other project": {"iss": "https://other.supabase.co/auth/v1"},
    "issuer with slash": {"iss": "https://example.supabase.co/auth/v1/"},
}
ADMIN = {"app_metadata": {"provider": "email", "role": "admin"}}
NO_ADMINS: list[dict[str, object]] = [
    {"role": "admin"},
    {"user_metadata": {"role": "admin"}},
    {"app_metadata": "admin"},
]
WRONG_ISSUERS = [
    "https://example.supabase.co",
    "https://example.supabase.co/auth/v1/",
    "example.supabase.co/auth/v1",
]
