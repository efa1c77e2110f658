"""Fetches the signing keys that the identity provider publishes (RFC 7517)."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import httpx2
import jwt
from jwt import PyJWK

from app.auth.addresses import check_address, is_loopback
from app.auth.claims import texts

_TIMEOUT_SECONDS = 3
_MAX_BYTES = 65_536
_OK = 200
# ImportError: a proxy of a kind for which a package is missing.
_FETCH_ERRORS = (
    httpx2.HTTPError,
    httpx2.InvalidURL,
    ValueError,
    RecursionError,
    TimeoutError,
    ImportError,
)


class KeySourceError(Exception):
    """The provider tells no key that could be used; the text says why."""


class KeySource:
    """The address of the keys: a fixed one, or the one that the provider's discovery names.

    Nothing else is ever asked and no redirect is followed: what a token says about its key (`jku`,
    `x5u`, `jwk`) is not read.
    """

    def __init__(
        self, issuer: str, jwks_url: str | None, *, algorithms: Sequence[str], production: bool
    ) -> None:
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._algorithms = algorithms
        self._production = production
        # Reads all certificates that this machine trusts: too slow for each fetch.
        self._tls = httpx2.create_ssl_context()

    async def fetch(self) -> dict[tuple[str, str], PyJWK]:
        """Return the keys by their id and algorithm; raise `KeySourceError`."""
        url = self._jwks_url or await self._discover()
        document = await self._get(url)
        keys = signing_keys(document.get("keys"), self._algorithms)
        if not keys:
            message = f"{url}: no key for {' or '.join(self._algorithms)}"
            raise KeySourceError(message)
        return keys

    async def _discover(self) -> str:
        """Return the address of the keys (OpenID Connect Discovery 1.0 §4)."""
        url = f"{self._issuer.removesuffix('/')}/.well-known/openid-configuration"
        document = await self._get(url)
        issuer, jwks_url = document.get("issuer"), str(document.get("jwks_uri"))
        if issuer != self._issuer:
            message = f"{url}: it is of the issuer {issuer!r}"
            raise KeySourceError(message)
        try:
            check_address(jwks_url, production=self._production)
        except ValueError as error:
            message = f"{url}: jwks_uri {error}"
            raise KeySourceError(message) from None
        return jwks_url

    async def _get(self, url: str) -> dict[str, Any]:
        """Return a JSON object that is not large and does not take long."""
        try:
            async with (
                asyncio.timeout(_TIMEOUT_SECONDS),
                # Through the proxy that the environment names; this machine needs none.
                httpx2.AsyncClient(verify=self._tls, trust_env=not is_loopback(url)) as client,
            ):
                document = json.loads(await _content(client, url))
            if isinstance(document, dict):
                return document
            message = f"{url}: no JSON object"
        except _FETCH_ERRORS as error:
            message = f"{url}: {str(error) or type(error).__name__}"
        raise KeySourceError(message)


async def _content(client: httpx2.AsyncClient, url: str) -> str:
    content = bytearray()
    # Compressed, few bytes could become many.
    async with client.stream("GET", url, headers={"Accept-Encoding": "identity"}) as response:
        if response.status_code != _OK:
            message = f"status {response.status_code}"
            raise ValueError(message)
        async for chunk in response.aiter_raw():
            content += chunk
            if len(content) > _MAX_BYTES:
                message = f"more than {_MAX_BYTES} bytes"
                raise ValueError(message)
    return content.decode()


def signing_keys(jwks: object, algorithms: Sequence[str]) -> dict[tuple[str, str], PyJWK]:
    """Return the usable keys of a set: one that cannot be read does not spoil the others."""
    keys: dict[tuple[str, str], PyJWK] = {}
    for entry in jwks if isinstance(jwks, list) else []:
        if isinstance(entry, dict) and isinstance(kid := entry.get("kid"), str):
            key = _signing_key(entry)
            if key and key.algorithm_name in algorithms:
                keys.setdefault((kid, key.algorithm_name), key)
    return keys


def _signing_key(entry: dict[str, Any]) -> PyJWK | None:
    use, operations = entry.get("use", "sig"), texts(entry.get("key_ops", "verify"))
    if use != "sig" or "verify" not in operations:
        return None
    try:
        key = PyJWK(entry)
    except (jwt.PyJWTError, TypeError, ValueError):
        return None
    # RFC 7518 §3.3: RSA keys have 2048 bits or more.
    return None if key.Algorithm.check_key_length(key.key) else key
