"""What each provider documents of its tokens, and what the contract makes of them (§6).

The claims are those of the pages in `sources`, with the values that identify a tenant replaced by
ours. `refused` are changes that make a token one for somebody else, or of another kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Claims = dict[str, Any]
JWKS = "/jwks"


@dataclass(frozen=True)
class Provider:
    """One answer to the question who keeps the accounts."""

    sources: tuple[str, ...]
    audience: str  # OIDC_AUDIENCE
    claims: Claims  # of an access token, besides iss, iat and exp
    admin: Claims  # what makes its owner an admin
    refused: dict[str, Claims]
    accepted: dict[str, Claims]
    # Where the loopback issuer lives; `issuer` is for providers whose issuer has a fixed host.
    path: str = ""
    issuer: str = ""
    algorithms: tuple[str, ...] = ("RS256",)
    wrong_issuers: tuple[str, ...] = ()
    roles_claim: str = ""  # OIDC_ROLES_CLAIM, where the preset names none

    def settings(self, url: str) -> dict[str, str]:
        """Return the settings of a service that believes this provider, as it lives at a URL."""
        issuer = self.issuer or f"{url}{self.path}"
        settings = {"OIDC_ISSUER": issuer, "OIDC_AUDIENCE": self.audience}
        if self.roles_claim:
            settings["OIDC_ROLES_CLAIM"] = self.roles_claim
        # No discovery of ours is found below a fixed address of somebody else.
        return settings | ({"OIDC_JWKS_URL": f"{url}{JWKS}"} if self.issuer else {})


API = "https://api.example.test"
HEALTH_API = "https://example.test/health-api"
ORIGIN = "https://app.example.test"
PROJECT = "contract-project"
POOL = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab1Cd2Ef3"
APP_CLIENT = "1example23456789"

PROVIDERS = {
    "auth0": Provider(
        sources=(
            "https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles",
            "https://auth0.com/docs/secure/tokens/id-tokens/id-token-structure",
        ),
        path="/",
        audience=HEALTH_API,
        claims={
            "sub": "auth0|123456",
            "aud": [HEALTH_API, "https://my-domain.auth0.com/userinfo"],
            "azp": "my_client_id",
            "scope": "openid profile read:patients read:admin",
            "permissions": ["read:patients"],
        },
        admin={"permissions": ["read:patients", "admin"]},
        accepted={
            "machine": {
                "sub": "my_client_id@clients",
                "aud": HEALTH_API,
                "gty": "client-credentials",
            },
            "rfc9068-profile": {"azp": None, "client_id": "my_client_id", "jti": "73WakrfVbNJ"},
        },
        refused={
            "id-token": {"aud": "my_client_id", "azp": None, "scope": None, "nonce": "n-0S6"},
            "userinfo-only": {"aud": "https://my-domain.auth0.com/userinfo"},
            "other-api": {"aud": ["https://other.example.test"]},
        },
        wrong_issuers=("https://my-domain.auth0.com", "my-domain.auth0.com/"),
    ),
    "clerk": Provider(
        sources=("https://clerk.com/docs/guides/sessions/session-tokens",),
        audience=f"{ORIGIN},http://localhost:3000",
        claims={
            "sub": "user_123",
            "azp": ORIGIN,
            "fva": [7, -1],
            "jti": "a1b2c3d4e5f67890abcd",
            "o": {"id": "org_123", "slg": "org-slug", "rol": "member"},
            "pla": "u:free",
            "sid": "sess_123",
            "sts": "active",
            "v": 2,
        },
        admin={"o": {"id": "org_123", "slg": "org-slug", "rol": "admin"}},
        roles_claim="o.rol",
        accepted={
            "second-origin": {"azp": "http://localhost:3000"},
            "no-organization": {"o": None},
        },
        refused={
            "other-origin": {"azp": "https://evil.example.test"},
            "no-origin": {"azp": None},
            "origin-as-audience": {"azp": None, "aud": ORIGIN},
            "all-origins": {"azp": f"{ORIGIN},http://localhost:3000"},
            "pending": {"sts": "pending"},
            "id-token": {"azp": None, "aud": "client_123", "sid": None},
        },
        wrong_issuers=("https://my.clerk.accounts.dev/", "my.clerk.accounts.dev"),
    ),
    "supabase": Provider(
        sources=("https://supabase.com/docs/guides/auth/jwt-fields",),
        path="/auth/v1",
        audience="authenticated",
        algorithms=("ES256", "RS256"),
        claims={
            "sub": "123e4567-e89b-12d3-a456-426614174000",
            "aud": "authenticated",
            "role": "authenticated",
            "aal": "aal1",
            "session_id": "123e4567-e89b-12d3-a456-426614174001",
            "email": "user@example.test",
            "phone": "",
            "is_anonymous": False,
            "app_metadata": {"provider": "email", "providers": ["email"]},
            "user_metadata": {"role": "admin"},
            "amr": [{"method": "password", "timestamp": 1_640_991_600}],
        },
        admin={"app_metadata": {"provider": "email", "role": "admin"}},
        accepted={"custom-token": {"is_anonymous": None, "app_metadata": None}},
        refused={
            "anonymous-user": {"is_anonymous": True},
            "anonymous-key": {"aud": "anon", "role": "anon"},
            "id-token": {"aud": "9a8b7c6d-5e4f-3a2b-1c0d-9e8f7a6b5c4d"},
        },
        wrong_issuers=("https://ref.supabase.co", "https://ref.supabase.co/auth/v1/"),
    ),
    "firebase": Provider(
        sources=(
            "https://firebase.google.com/docs/auth/admin/verify-id-tokens#verify_id_tokens_using_a_third-party_jwt_library",
        ),
        issuer=f"https://securetoken.google.com/{PROJECT}",
        audience=PROJECT,
        claims={
            "sub": "ZGHiuBsPqGgT9Ra2JvMpF0vTgHn1",
            "user_id": "ZGHiuBsPqGgT9Ra2JvMpF0vTgHn1",
            "aud": PROJECT,
            "auth_time": 1_640_991_600,
            "email": "user@example.test",
            "email_verified": True,
            "firebase": {
                "identities": {"email": ["user@example.test"]},
                "sign_in_provider": "password",
            },
        },
        admin={"role": "admin"},
        accepted={"by-phone": {"email": None, "phone_number": "+491701234567"}},
        refused={
            "other-project": {
                "iss": "https://securetoken.google.com/other-project",
                "aud": "other-project",
            },
            "other-audience": {"aud": "other-project"},
            "session-cookie": {"iss": f"https://session.firebase.google.com/{PROJECT}"},
            "google-id-token": {"iss": "https://accounts.google.com", "aud": "1.apps.example"},
        },
        wrong_issuers=(PROJECT, f"https://securetoken.google.com/{PROJECT}/"),
    ),
    "keycloak": Provider(
        sources=(
            "https://www.keycloak.org/docs/latest/server_admin/#_audience",
            "https://www.keycloak.org/docs/latest/server_admin/#_client_scopes",
        ),
        path="/realms/example",
        audience="example-api",
        claims={
            "sub": "6a9b8f2c-0d43-4a69-9f4e-0a1f5e1c8d77",
            "typ": "Bearer",
            "aud": ["example-api", "account"],
            "azp": "web",
            "jti": "onrtac:2f1b0c4e-1d1f-4a37-9a31-5f1f2d5c9b10",
            "scope": "openid profile email",
            "realm_access": {"roles": ["offline_access", "default-roles-example"]},
            "resource_access": {"account": {"roles": ["manage-account"]}},
            "email": "user@example.test",
            "preferred_username": "user",
        },
        admin={"realm_access": {"roles": ["default-roles-example", "admin"]}},
        accepted={
            "one-audience": {"aud": "example-api"},
            "own-client": {"aud": "account", "azp": "example-api"},
            "own-client-without-roles": {"aud": None, "azp": "example-api"},
        },
        refused={
            "id-token": {"typ": "ID", "aud": "example-api"},
            "no-type": {"typ": None},
            "other-client": {"aud": "account"},
            "no-audience": {"aud": None},
            "offline-token": {"typ": "Offline"},
        },
        wrong_issuers=("https://keycloak.example.test", "https://keycloak.example.test/realms/a/"),
    ),
    "cognito": Provider(
        sources=(
            "https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html",
            "https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html",
        ),
        issuer=POOL,
        audience=f"{APP_CLIENT},1mobile23456789",
        claims={
            "sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
            "cognito:groups": ["testgroup"],
            "version": 2,
            "client_id": APP_CLIENT,
            "token_use": "access",
            "scope": "phone openid profile resourceserver.1/appclient2 email",
            "auth_time": 1_676_313_851,
            "jti": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
            "username": "my-test-user",
        },
        admin={"cognito:groups": ["testgroup", "admin"]},
        accepted={
            "second-client": {"client_id": "1mobile23456789"},
            "bound-to-a-resource": {"aud": API},
        },
        refused={
            "id-token": {"token_use": "id", "client_id": None, "aud": APP_CLIENT},
            "id-token-with-client": {"token_use": "id"},
            "no-use": {"token_use": None},
            "other-client": {"client_id": "1other23456789"},
            "client-as-audience": {"client_id": None, "aud": APP_CLIENT},
            "other-pool": {"iss": POOL.replace("Ab1", "Zz9")},
        },
        wrong_issuers=(f"{POOL}/", POOL.replace("/eu-west-1", "/us-east-1"), "eu-west-1_Ab1Cd2Ef3"),
    ),
    "oidc": Provider(
        sources=(
            "https://www.rfc-editor.org/rfc/rfc9068.html#section-2.2",
            "https://openid.net/specs/openid-connect-core-1_0.html#IDToken",
        ),
        audience=API,
        algorithms=("RS256", "ES256", "EdDSA"),
        claims={
            "sub": "5ba552d67",
            "aud": API,
            "client_id": "s6BhdRkqt3",
            "jti": "dbe39bf3a3ba4238a513f51d6e1691c4",
            "scope": "openid profile reademail",
        },
        admin={"roles": ["user", "admin"]},
        accepted={"two-audiences": {"aud": ["https://other.example.test", API]}},
        refused={
            "id-token": {"aud": "s6BhdRkqt3", "client_id": None, "nonce": "n-0S6_WzA2Mj"},
            "other-audience": {"aud": "https://other.example.test"},
            "longer-audience": {"aud": f"{API}/"},
            "no-audience": {"aud": None},
            "empty-audience": {"aud": []},
        },
        wrong_issuers=("issuer.example.test", "https://issuer.example.test?tenant=1"),
    ),
}
