"""Whatever the provider publishes, the service gets usable keys from it or a reason."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.auth import key_source
from app.auth.key_source import KeySource, KeySourceError
from tests.issuer import DISCOVERY, KEYS, Issuer, Key

ALGORITHMS = ("RS256", "ES256", "EdDSA")


@pytest.fixture
def own() -> Iterator[Issuer]:
    """Give a provider that no other test uses."""
    with Issuer("RS256").running() as issuer:
        yield issuer


async def kids(own: Issuer, *, base: str = "", fixed: bool = True) -> set[str]:
    """Return the names of the keys that are found."""
    jwks_url = own.jwks_url if fixed else None
    source = KeySource(own.url + base, jwks_url, algorithms=ALGORITHMS, production=True)
    return {kid for kid, _ in await source.fetch()}


async def why_not(own: Issuer, *, fixed: bool = True) -> str:
    with pytest.raises(KeySourceError) as unavailable:
        await kids(own, fixed=fixed)
    return str(unavailable.value)


@pytest.mark.parametrize("base", ["", "/", "/realms/example"])
async def test_keys_are_where_discovery_says(own: Issuer, base: str) -> None:
    path = f"{base.removesuffix('/')}{DISCOVERY}"
    document = {"issuer": f"{own.url}{base}", "jwks_uri": own.jwks_url}
    own.answer(path, json.dumps(document).encode())
    assert await kids(own, base=base, fixed=False) == {"first"}
    assert own.asked == [path, KEYS]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_each_algorithm_has_its_keys(own: Issuer, algorithm: str) -> None:
    own.jwks = {"keys": [Key("one", algorithm).jwk]}
    source = KeySource(own.url, own.jwks_url, algorithms=ALGORITHMS, production=True)
    assert list(await source.fetch()) == [("one", algorithm)]


@pytest.mark.parametrize(
    ("status", "headers", "body", "reason"),
    [
        (500, {}, b"", "status 500"),
        (404, {}, b"{}", "status 404"),
        (200, {}, b"<!doctype html>", "Expecting value"),
        (200, {}, b"", "Expecting value"),
        (200, {}, b"\xff\xfe", "decode"),
        (200, {}, b"[" * 60_000, "recursion"),
        (200, {}, b"[]", "no JSON object"),
        (200, {}, b"{}", "no key"),
        (200, {}, b'{"keys": []}', "no key"),
        (200, {}, b'{"keys": {"0": 1}}', "no key"),
        (200, {}, b'{"keys": [1, null, [], {}]}', "no key"),
        (200, {}, b" " * 10_000_000, "more than 65536 bytes"),
        (200, {"Content-Encoding": "gzip"}, gzip.compress(b"{}"), "decode"),
        (302, {"Location": "/elsewhere"}, b"", "status 302"),
        (200, {"Content-Length": "9"}, b"{}", ""),
    ],
    ids=str,
)
async def test_anything_else_is_no_key(
    own: Issuer, status: int, headers: dict[str, str], body: bytes, reason: str
) -> None:
    own.answer(KEYS, body, status, **headers)
    assert reason in await why_not(own)
    assert own.asked == [KEYS]


async def test_this_machine_is_asked_without_a_proxy(
    own: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert await kids(own) == {"first"}


async def test_others_are_asked_through_the_proxy(
    own: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", own.url)
    url = "http://issuer.example/keys"
    own.answer(url, json.dumps(own.jwks).encode())
    source = KeySource("", url, algorithms=ALGORITHMS, production=False)
    assert len(await source.fetch()) == 1
    assert own.asked == [url]


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "nonsense://", "http://[::1"])
async def test_unusable_proxy_is_a_reason(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    source = KeySource("", "http://issuer.example/", algorithms=ALGORITHMS, production=False)
    with pytest.raises(KeySourceError):
        await source.fetch()


async def test_redirect_is_not_followed(own: Issuer) -> None:
    with Issuer("RS256").running() as attacker:
        for path in (KEYS, DISCOVERY):
            own.answer(path, b"", 307, Location=attacker.jwks_url)
        assert "status 307" in await why_not(own)
        assert "status 307" in await why_not(own, fixed=False)
    assert attacker.asked == []


async def test_slow_provider_is_given_up(own: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_source, "_TIMEOUT_SECONDS", 0.1)
    own.awake.clear()
    assert "TimeoutError" in await why_not(own)


async def test_discovery_must_be_of_the_issuer(own: Issuer) -> None:
    document = {"issuer": f"{own.url}/", "jwks_uri": own.jwks_url}
    own.answer(DISCOVERY, json.dumps(document).encode())
    assert f"it is of the issuer '{own.url}/'" in await why_not(own, fixed=False)


@pytest.mark.parametrize(
    "jwks_uri", [None, "", 7, "http://keys.example.com", "file:///etc/passwd", "https://a:b@c/"]
)
async def test_keys_must_come_by_https(own: Issuer, jwks_uri: object) -> None:
    document = {"issuer": own.url, "jwks_uri": jwks_uri}
    own.answer(DISCOVERY, json.dumps(document).encode())
    assert "jwks_uri must be an https URL" in await why_not(own, fixed=False)


def without(key: Key, *names: str) -> dict[str, Any]:
    return {name: value for name, value in key.jwk.items() if name not in names}


@pytest.mark.parametrize(
    "changes",
    [
        {"use": "enc"},
        {"use": "enc", "alg": "RSA-OAEP"},
        {"key_ops": ["sign"]},
        {"key_ops": None},
        {"alg": "RS512"},
        {"alg": ["RS256"]},
        {"kid": None},
        {"kid": 7},
        {"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"},
        {"kty": "EC"},
        {"n": "AQAB"},
        {"n": 7},
        {"n": "!"},
        {"e": None},
    ],
    ids=str,
)
async def test_unusable_key_is_left_out(own: Issuer, changes: dict[str, object]) -> None:
    bad = {**Key("bad", "RS256").jwk, **changes}
    own.jwks = {"keys": [bad, own.key.jwk]}
    assert await kids(own) == {"first"}


async def test_short_key_is_left_out(own: Issuer) -> None:
    own.jwks["keys"].append(Key("short", "RS256", bits=1024).jwk)
    assert await kids(own) == {"first"}


async def test_key_need_not_tell_its_use(own: Issuer) -> None:
    own.jwks = {"keys": [without(own.key, "use", "alg", "key_ops")]}
    assert await kids(own) == {"first"}
