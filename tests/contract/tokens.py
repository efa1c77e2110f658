"""Reads and forges JSON Web Tokens by hand: a library would refuse to make the bad ones."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import math
from collections.abc import Mapping
from typing import Any

HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}

# What is no time in a claim (RFC 7519, section 2: NumericDate). Libraries convert some of these,
# and take others for the past or for ever.
NO_TIMES: dict[str, object] = {
    "text": "tomorrow",
    "digits": "4102444800",
    "true": True,
    "list": [4_102_444_800],
    "object": {},
    "NaN": math.nan,
    "Infinity": math.inf,
    "minus-Infinity": -math.inf,
}


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims of a token, unverified."""
    header, claims, _ = token.split(".")
    return json.loads(decode(header)), json.loads(decode(claims))


def sign(header: Mapping[str, Any], claims: Mapping[str, Any], key: str) -> str:
    """Return a token; an algorithm without a known hash gets an empty signature."""
    text = f"{encode(json.dumps(header).encode())}.{encode(json.dumps(claims).encode())}"
    if hash_function := HASHES.get(str(header.get("alg"))):
        return f"{text}.{encode(hmac.digest(key.encode(), text.encode(), hash_function))}"
    return f"{text}."
