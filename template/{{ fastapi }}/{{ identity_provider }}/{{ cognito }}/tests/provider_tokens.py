"""What Amazon Cognito documents of its tokens.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html
"""

from app.auth.provider import EXAMPLE_AUDIENCE, EXAMPLE_ISSUER

ACCESS_TOKEN = {
    "sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
    "device_key": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
    "cognito:groups": ["testgroup"],
    "version": 2,
    "client_id": EXAMPLE_AUDIENCE,
    "origin_jti": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
    "event_id": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
    "token_use": "access",
    "scope": "phone openid profile resourceserver.1/appclient2 email",
    "auth_time": 1_676_313_851,
    "jti": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
    "username": "my-test-user",
}
ALSO_ACCEPTED: dict[str, dict[str, object]] = {
    "bound to a resource": {"aud": "https://api.example.com"},
    "without groups": {"cognito:groups": None},
}
REFUSED: dict[str, dict[str, object]] = {
    "ID token": {"token_use": "id", "client_id": None, "aud": EXAMPLE_AUDIENCE},
    "ID token with a client": {"token_use": "id"},
    "no use": {"token_use": None},
    "other app client": {"client_id": "1other23456789"},
    "no app client": {"client_id": None, "aud": EXAMPLE_AUDIENCE},
    "other pool": {"iss": EXAMPLE_ISSUER.replace("Example", "Another")},
    "issuer with slash": {"iss": f"{EXAMPLE_ISSUER}/"},
}
ADMIN = {"cognito:groups": ["testgroup", "admin"]}
NO_ADMINS: list[dict[str, object]] = [
    {"cognito:groups": ["admins"]},
    {"cognito": {"groups": "admin"}},
    {"custom:role": "admin"},
]
WRONG_ISSUERS = [
    "eu-west-1_Example12",
    f"{EXAMPLE_ISSUER}/",
    "https://cognito-idp.eu-west-1.amazonaws.com/us-east-1_Example12",
    "https://auth.example.com",
]
