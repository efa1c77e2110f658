"""§6: which tokens of an identity provider are accepted."""

from __future__ import annotations

import hashlib
import hmac
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from .checks import assert_problem
from .identity import Identity
from .issuer import Issuer
from .keys import SigningKey, part
from .providers import JWKS, PROVIDERS
from .service import Service, at_once
from .target import Target
from .tokens import NO_TIMES, encode, parts

pytestmark = [pytest.mark.identity_provider, pytest.mark.every_provider]

ME = "/api/v1/users/me"
ITEMS = "/api/v1/items"


@pytest.fixture(scope="module")
def identity(target: Target) -> Identity:
    assert target.identity
    return target.identity


@pytest.fixture(scope="module")
def believer(target: Target) -> Iterator[Service]:
    """A service of its own: refused tokens make it ask for new keys."""
    with Service(target) as running:
        yield running


def use(service: Service, token: str, path: str = ME) -> httpx.Response:
    service.remember(token)
    return service.get(path, headers={"Authorization": f"Bearer {token}"})


def assert_refused(service: Service, token: str) -> None:
    response = use(service, token)
    assert_problem(response, 401, "invalid_token")
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


def assert_accepted(service: Service, token: str) -> dict[str, Any]:
    response = use(service, token)
    assert response.status_code == 200, response.text
    me: dict[str, Any] = response.json()
    return me


@contextmanager
def published(issuer: Issuer, *keys: SigningKey) -> Iterator[None]:
    """Publish these keys, too, as long as the block lasts."""
    before = issuer.published
    issuer.published = [*before, *keys]
    try:
        yield
    finally:
        issuer.published = before


def now(offsets: dict[str, int]) -> dict[str, Any]:
    """Return claims about time that are so many seconds from now."""
    return {name: int(time.time() + by) for name, by in offsets.items()}


class TestShape:
    """What each provider documents; `providers.py` names the pages."""

    def test_access_token_is_accepted(self, believer: Service, identity: Identity) -> None:
        subject = str(uuid.uuid4())
        me = assert_accepted(believer, identity.token(sub=subject))
        email = identity.provider.claims.get("email")
        assert me == {"id": subject, "email": email, "role": "user", "created_at": None}

    def test_documented_subject_owns_items(self, believer: Service, identity: Identity) -> None:
        subject = identity.provider.claims["sub"]
        headers = {"Authorization": f"Bearer {identity.token(sub=subject)}"}
        item = believer.post(ITEMS, json={"title": "x"}, headers=headers).json()
        again = {"Authorization": f"Bearer {identity.token(sub=subject)}"}
        assert believer.get(f"{ITEMS}/{item['id']}", headers=again).status_code == 200
        other = {"Authorization": f"Bearer {identity.token(sub=f'{subject}1')}"}
        foreign = believer.get(f"{ITEMS}/{item['id']}", headers=other)
        assert_problem(foreign, 404, "not_found")

    def test_documented_variants_are_accepted(self, believer: Service, identity: Identity) -> None:
        assert identity.provider.accepted
        for changes in identity.provider.accepted.values():
            assert_accepted(believer, identity.token(**changes))

    def test_every_algorithm_is_accepted(self, believer: Service, identity: Identity) -> None:
        keys = [SigningKey(f"of-{name}", name) for name in identity.provider.algorithms]
        with published(identity.issuer, *keys):
            for key in keys:
                wait_for_key(believer, identity, key)
                assert_accepted(believer, identity.token(key))

    def test_other_kinds_and_tenants_are_refused(
        self, believer: Service, identity: Identity
    ) -> None:
        assert identity.provider.refused
        for changes in identity.provider.refused.values():
            assert_refused(believer, identity.token(**changes))

    def test_admin_is_who_has_the_claim(self, believer: Service, identity: Identity) -> None:
        assert (
            assert_accepted(believer, identity.token(**identity.provider.admin))["role"] == "admin"
        )
        assert assert_accepted(believer, identity.token())["role"] == "user"

    @pytest.mark.provider("clerk")
    def test_nobody_is_an_admin_until_a_claim_is_named(
        self, target: Target, identity: Identity
    ) -> None:
        """Whoever creates an organization of Clerk's is its admin."""
        with Service(target, OIDC_ROLES_CLAIM=None) as service:
            for claims in (
                identity.provider.admin,
                {"role": "admin", "roles": ["admin"], "permissions": ["admin"]},
                {"org_role": "org:admin", "metadata": {"role": "admin"}},
                {"": "admin", "None": "admin", "undefined": "admin"},
            ):
                assert assert_accepted(service, identity.token(**claims))["role"] == "user"

    def test_tokens_of_other_providers_are_refused(
        self, believer: Service, identity: Identity
    ) -> None:
        for provider in PROVIDERS.values():
            if provider is not identity.provider:
                foreign = dict.fromkeys(identity.provider.claims) | provider.claims
                assert_refused(believer, identity.token(**foreign))


BAD_CLAIMS: dict[str, dict[str, Any]] = {
    **{f"no-{name}": {name: None} for name in ("iss", "sub", "exp")},
    "other-issuer": {"iss": "https://issuer.example"},
    "issuer-list": {"iss": ["https://issuer.example"]},
    "empty-subject": {"sub": ""},
    "subject-number": {"sub": 5},
    "subject-list": {"sub": ["a"]},
    "subject-nul": {"sub": "x\u0000y"},
    "subject-surrogate": {"sub": "x\ud800y"},
    "subject-too-long": {"sub": "x" * 256},
    **{
        f"{name}-{kind}": {name: value}
        for name in ("exp", "iat", "nbf")
        for kind, value in NO_TIMES.items()
    },
}
BAD_TIMES = {  # seconds from now
    "expired": {"iat": -7200, "exp": -3600},
    "expired-a-minute-ago": {"iat": -960, "exp": -60},
    "not-yet-valid": {"nbf": 3600},
    "not-valid-for-a-minute": {"nbf": 60},
    "issued-in-future": {"iat": 3600, "exp": 7200},
}
BAD_HEADERS: dict[str, dict[str, object]] = {
    "no-kid": {"kid": None},
    "kid-empty": {"kid": ""},
    "kid-number": {"kid": 1},
    "kid-list": {"kid": ["key-1"]},
    "kid-of-the-encryption-key": {"kid": "encryption"},
    "alg-missing": {"alg": None},
    "alg-list": {"alg": ["RS256"]},
    "alg-other": {"alg": "RS384"},
    "alg-pss": {"alg": "PS256"},
    "unknown-extension": {"crit": ["exp"], "exp": 4_102_444_800},
    "not-encoded": {"crit": ["b64"], "b64": False},
}


class TestForgedToken:
    @pytest.mark.parametrize("changes", BAD_CLAIMS.values(), ids=BAD_CLAIMS)
    def test_bad_claims_are_refused(
        self, believer: Service, identity: Identity, changes: dict[str, Any]
    ) -> None:
        assert_refused(believer, identity.token(**changes))

    @pytest.mark.parametrize("offsets", BAD_TIMES.values(), ids=BAD_TIMES)
    def test_wrong_time_is_refused(
        self, believer: Service, identity: Identity, offsets: dict[str, int]
    ) -> None:
        assert_refused(believer, identity.token(**now(offsets)))

    @pytest.mark.parametrize("header", BAD_HEADERS.values(), ids=BAD_HEADERS)
    def test_bad_header_is_refused(
        self, believer: Service, identity: Identity, header: dict[str, object]
    ) -> None:
        assert_refused(believer, identity.issuer.key.token(identity.claims(), header))

    def test_issuer_is_compared_as_text(self, believer: Service, identity: Identity) -> None:
        name = identity.name
        slash = name.removesuffix("/") if name.endswith("/") else f"{name}/"
        for other in (slash, name.upper(), f" {name}", f"{name}?", name.replace("//", "//x@")):
            assert_refused(believer, identity.token(iss=other))

    def test_clocks_may_differ_by_seconds(self, believer: Service, identity: Identity) -> None:
        for offsets in ({"exp": -15}, {"nbf": 15}, {"iat": 15}):
            assert_accepted(believer, identity.token(**now(offsets)))

    @pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", "nOnE"])
    def test_unsigned_token_is_refused(
        self, believer: Service, identity: Identity, algorithm: str
    ) -> None:
        header = part({"alg": algorithm, "kid": identity.issuer.key.kid})
        signature = identity.token().rpartition(".")[2]
        for end in ("", signature):
            assert_refused(believer, f"{header}.{part(identity.claims())}.{end}")

    @pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
    def test_public_key_is_no_secret(
        self, believer: Service, identity: Identity, algorithm: str
    ) -> None:
        key = identity.issuer.key
        number = key.jwk.get("n") or key.jwk["x"]
        for secret in (key.pem, key.pem.strip(), str(number).encode(), b"", b"secret"):
            text = f"{part({'alg': algorithm, 'kid': key.kid})}.{part(identity.claims())}"
            digest = getattr(hashlib, algorithm.replace("HS", "sha"))
            signature = encode(hmac.digest(secret, text.encode(), digest))
            assert_refused(believer, f"{text}.{signature}")

    def test_key_of_another_algorithm_is_refused(
        self, believer: Service, identity: Identity
    ) -> None:
        curve, rsa = SigningKey("curve", "ES256"), SigningKey("curve", "RS256")
        with published(identity.issuer, curve):
            if "ES256" in identity.provider.algorithms:
                wait_for_key(believer, identity, curve)
            else:
                assert_refused(believer, identity.token(curve))
            assert_refused(believer, identity.token(rsa))
            assert_refused(believer, curve.token(identity.claims(), {"alg": "RS256"}))

    def test_algorithm_outside_the_preset_is_refused(
        self, believer: Service, identity: Identity
    ) -> None:
        for algorithm in ("RS384", "RS512", "ES256", "EdDSA"):
            key = SigningKey(f"outside-{algorithm}", algorithm)
            if algorithm not in identity.provider.algorithms:
                with published(identity.issuer, key):
                    assert_refused(believer, identity.token(key))

    def test_other_key_of_the_same_name_is_refused(
        self, believer: Service, identity: Identity
    ) -> None:
        key = SigningKey(identity.issuer.key.kid, identity.issuer.key.algorithm)
        assert_refused(believer, identity.token(key))

    def test_encryption_key_signs_nothing(self, believer: Service, identity: Identity) -> None:
        [encryption] = identity.issuer.others
        assert_refused(believer, identity.token(encryption))

    def test_token_cannot_bring_its_own_key(self, believer: Service, identity: Identity) -> None:
        with Issuer(algorithm=identity.issuer.key.algorithm) as attacker:
            for kid in (identity.issuer.key.kid, attacker.key.kid, "unknown"):
                header = {
                    "kid": kid,
                    "jku": attacker.jwks_url,
                    "x5u": attacker.jwks_url,
                    "jwk": attacker.key.jwk,
                    "iss": attacker.name,
                }
                assert_refused(believer, attacker.key.token(identity.claims(), header))
            assert_refused(believer, identity.token(attacker.key, iss=attacker.name))
        assert not attacker.asked

    def test_signature_is_compared_whole(self, believer: Service, identity: Identity) -> None:
        header, claims, signature = identity.token().split(".")
        flipped = ("B" if signature[0] == "A" else "A") + signature[1:]
        for bad in ("", signature[:-4], flipped, signature * 2):
            assert_refused(believer, f"{header}.{claims}.{bad}")

    def test_changed_claims_break_the_signature(
        self, believer: Service, identity: Identity
    ) -> None:
        header, claims, signature = identity.token().split(".")
        _, read = parts(f"{header}.{claims}.{signature}")
        assert_refused(believer, f"{header}.{part(read | identity.provider.admin)}.{signature}")

    def test_good_token_is_still_accepted(self, believer: Service, identity: Identity) -> None:
        # Otherwise the refusals above would prove nothing.
        assert_accepted(believer, identity.token())

    def test_accounts_are_not_kept_here(self, believer: Service, identity: Identity) -> None:
        headers = {"Authorization": f"Bearer {identity.token(**identity.provider.admin)}"}
        for path in ("/api/v1/users", "/api/v1/auth/login", "/api/v1/auth/register"):
            assert_problem(believer.get(path, headers=headers), 404, "not_found")


def wait_for_key(service: Service, identity: Identity, key: SigningKey) -> None:
    """Wait until the service has asked for new keys: the cooldown is ten seconds."""
    end = time.monotonic() + 15
    while use(service, identity.token(key)).status_code != 200:
        assert time.monotonic() < end, f"{key.kid} is not accepted"
        time.sleep(0.25)


def test_flood_of_good_tokens_costs_one_fetch(target: Target, identity: Identity) -> None:
    with Service(target) as service:
        before = identity.issuer.asked[JWKS]
        answers = at_once(16, lambda _: use(service, identity.token()).status_code)
        assert set(answers) == {200}
        assert identity.issuer.asked[JWKS] == before + 1
