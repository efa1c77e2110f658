"""§5: access tokens of local accounts."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from .accounts import Account, open_account, refresh, sign_up
from .checks import assert_problem
from .service import AUTH_SECRET_KEY, Service
from .tokens import NO_TIMES, decode, encode, parts, sign

pytestmark = pytest.mark.local_accounts

CLAIMS = ["iss", "aud", "sub", "iat", "exp", "jti", "role"]
Parts = dict[str, Any]


@pytest.fixture(scope="module")
def account(service: Service) -> Account:
    """Tests of this file only read what is hers."""
    return open_account(service)


def use(service: Service, token: str) -> httpx.Response:
    return service.get("/api/v1/items", headers={"Authorization": f"Bearer {token}"})


def assert_refused(service: Service, token: str) -> None:
    response = use(service, token)
    assert_problem(response, 401, "invalid_token")
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


def without(name: str) -> Callable[[Parts], Parts]:
    return lambda parts: {key: value for key, value in parts.items() if key != name}


def having(**members: object) -> Callable[[Parts], Parts]:
    return lambda parts: parts | members


def at(**offsets: int) -> Callable[[Parts], Parts]:
    return lambda parts: parts | {name: int(time.time()) + by for name, by in offsets.items()}


BAD_HEADERS = {
    "alg-none": having(alg="none"),
    "alg-None": having(alg="None"),
    "alg-empty": having(alg=""),
    "alg-missing": without("alg"),
    "alg-null": having(alg=None),
    "alg-HS384": having(alg="HS384"),
    "alg-HS512": having(alg="HS512"),
    "alg-RS256": having(alg="RS256"),
    "typ-missing": without("typ"),
    "typ-JWT": having(typ="JWT"),
    "typ-rt+jwt": having(typ="rt+jwt"),
    "typ-null": having(typ=None),
}
BAD_CLAIMS = {
    **{f"no-{name}": without(name) for name in CLAIMS},
    "other-issuer": having(iss="https://issuer.example"),
    "other-audience": having(aud="another"),
    "other-audiences": having(aud=["another", "yet-another"]),
    "empty-audience": having(aud=[]),
    "issuer-null": having(iss=None),
    "expired": at(iat=-7200, exp=-3600),
    "expired-a-minute-ago": at(iat=-960, exp=-60),
    "not-yet-valid": at(nbf=3600),
    "not-valid-for-a-minute": at(nbf=60),
    "issued-in-future": at(iat=3600, exp=7200),
    "issued-in-a-minute": at(iat=60, exp=960),
    **{
        f"{name}-{kind}": having(**{name: value})
        for name in ("exp", "iat", "nbf")
        for kind, value in NO_TIMES.items()
    },
}


class TestForgedToken:
    def test_faithful_copy_is_accepted(self, service: Service, account: Account) -> None:
        # Otherwise the refusals below would prove nothing.
        header, claims = parts(account.access_token)
        assert use(service, sign(header, claims, AUTH_SECRET_KEY)).status_code == 200

    @pytest.mark.parametrize("change", BAD_HEADERS.values(), ids=BAD_HEADERS)
    def test_bad_header_is_refused(
        self, service: Service, account: Account, change: Callable[[Parts], Parts]
    ) -> None:
        header, claims = parts(account.access_token)
        assert_refused(service, sign(change(header), claims, AUTH_SECRET_KEY))

    @pytest.mark.parametrize("change", BAD_CLAIMS.values(), ids=BAD_CLAIMS)
    def test_bad_claims_are_refused(
        self, service: Service, account: Account, change: Callable[[Parts], Parts]
    ) -> None:
        header, claims = parts(account.access_token)
        assert_refused(service, sign(header, change(claims), AUTH_SECRET_KEY))

    @pytest.mark.parametrize(
        "offsets",
        [{"iat": 2}, {"iat": 20}, {"iat": 20, "nbf": 20}, {"iat": -900, "exp": -20}],
        ids=str,
    )
    def test_clocks_may_differ_by_seconds(
        self, service: Service, account: Account, offsets: dict[str, int]
    ) -> None:
        header, claims = parts(account.access_token)
        token = sign(header, at(**offsets)(claims), AUTH_SECRET_KEY)
        assert use(service, token).status_code == 200

    @pytest.mark.parametrize("fraction", [0.25, 20.75])
    def test_times_may_have_fractions(
        self, service: Service, account: Account, fraction: float
    ) -> None:
        header, claims = parts(account.access_token)
        claims |= {"iat": time.time() + fraction, "exp": time.time() + 60.5}
        assert use(service, sign(header, claims, AUTH_SECRET_KEY)).status_code == 200

    @pytest.mark.parametrize("key", ["", "x", "another-key-of-more-than-32-bytes-length"])
    def test_other_keys_are_refused(self, service: Service, account: Account, key: str) -> None:
        assert_refused(service, sign(*parts(account.access_token), key))

    def test_changed_role_breaks_the_signature(self, service: Service, account: Account) -> None:
        header, claims, signature = account.access_token.split(".")
        admin = encode(decode(claims).replace(b'"user"', b'"admin"'))
        assert admin != claims
        assert_refused(service, f"{header}.{admin}.{signature}")

    def test_signature_is_compared_whole(self, service: Service, account: Account) -> None:
        header, claims, signature = account.access_token.split(".")
        flipped = ("B" if signature[0] == "A" else "A") + signature[1:]
        for bad in ("", signature[:-2], flipped):
            assert_refused(service, f"{header}.{claims}.{bad}")

    @pytest.mark.parametrize("subject", [5, "", "nobody", "x\u0000y", None, []], ids=repr)
    def test_odd_subject_is_no_fault(
        self, service: Service, account: Account, subject: object
    ) -> None:
        header, claims = parts(account.access_token)
        token = sign(header, claims | {"sub": subject}, AUTH_SECRET_KEY)
        for path in ("/api/v1/users/me", "/api/v1/items"):
            response = service.get(path, headers={"Authorization": f"Bearer {token}"})
            assert response.status_code < 500, response.text

    @pytest.mark.parametrize("time", [-1, 0, 0.5, 2**53, 10**30, 10**400, 1e308], ids=str)
    @pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
    def test_odd_time_is_no_fault(
        self, service: Service, account: Account, name: str, time: float
    ) -> None:
        header, claims = parts(account.access_token)
        response = use(service, sign(header, claims | {name: time}, AUTH_SECRET_KEY))
        assert response.status_code in {200, 401}, response.text


class TestIssuedToken:
    def test_header_names_type_and_algorithm(self, account: Account) -> None:
        header, _ = parts(account.access_token)
        assert (header["typ"], header["alg"]) == ("at+jwt", "HS256")

    def test_claims_are_complete(self, account: Account) -> None:
        _, claims = parts(account.access_token)
        assert set(CLAIMS) <= claims.keys()
        assert (claims["sub"], claims["role"]) == (account.id, "user")
        assert claims["exp"] - claims["iat"] == 900
        assert abs(time.time() - claims["iat"]) < 60

    def test_each_token_has_its_own_id(self, service: Service) -> None:
        account = open_account(service)
        newer = refresh(service, account.refresh_token).json()["access_token"]
        assert parts(newer)[1]["jti"] != parts(account.access_token)[1]["jti"]

    def test_refresh_token_opens_nothing(self, service: Service, account: Account) -> None:
        assert_refused(service, account.refresh_token)

    def test_access_token_refreshes_nothing(self, service: Service, account: Account) -> None:
        response = refresh(service, account.access_token)
        assert response.status_code in {401, 422}

    def test_other_services_key_is_refused(self, service: Service) -> None:
        token = sign_up(service).access_token
        header, claims = parts(token)
        assert_refused(service, sign(header, claims, AUTH_SECRET_KEY.swapcase()))
