"""Asymmetric keys of an issuer, and tokens that they sign: also those that a library refuses to make."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from .tokens import encode

HASHES = {"RS256": hashes.SHA256(), "RS384": hashes.SHA384(), "RS512": hashes.SHA512()}
COORDINATE_BYTES = 32  # of P-256


class SigningKey:
    """A key pair for one algorithm: RS256, RS384, RS512, ES256 or EdDSA."""

    def __init__(self, kid: str, algorithm: str = "RS256", *, use: str = "sig") -> None:
        self.kid = kid
        self.algorithm = algorithm
        self.use = use
        self.private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
        if algorithm.startswith("RS"):
            self.private = rsa.generate_private_key(65_537, 2048)
        elif algorithm == "ES256":
            self.private = ec.generate_private_key(ec.SECP256R1())
        else:
            self.private = ed25519.Ed25519PrivateKey.generate()

    @property
    def jwk(self) -> dict[str, Any]:
        """The public key as an issuer publishes it (RFC 7517, RFC 7518 §6, RFC 8037)."""
        return {**self._numbers(), "kid": self.kid, "alg": self.algorithm, "use": self.use}

    @property
    def pem(self) -> bytes:
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def token(self, claims: Mapping[str, Any], header: Mapping[str, Any] | None = None) -> str:
        """Return a token; a claim, or a member of the header, that is None is left out."""
        head = {"alg": self.algorithm, "typ": "JWT", "kid": self.kid, **(header or {})}
        text = f"{part(head)}.{part(claims)}"
        return f"{text}.{encode(self._sign(text.encode()))}"

    def _numbers(self) -> dict[str, str]:
        if isinstance(self.private, rsa.RSAPrivateKey):
            modulus = self.private.public_key().public_numbers().n
            return {"kty": "RSA", "e": "AQAB", "n": encode(modulus.to_bytes(256))}
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            point = self.private.public_key().public_numbers()
            x, y = (encode(each.to_bytes(COORDINATE_BYTES)) for each in (point.x, point.y))
            return {"kty": "EC", "crv": "P-256", "x": x, "y": y}
        return {"kty": "OKP", "crv": "Ed25519", "x": encode(self._raw_public())}

    def _raw_public(self) -> bytes:
        return self.private.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw
        )

    def _sign(self, text: bytes) -> bytes:
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(text, padding.PKCS1v15(), HASHES[self.algorithm])
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            numbers = decode_dss_signature(self.private.sign(text, ec.ECDSA(hashes.SHA256())))
            return b"".join(each.to_bytes(COORDINATE_BYTES) for each in numbers)
        return self.private.sign(text)


def part(members: Mapping[str, Any]) -> str:
    """Return one part of a token, without the members that are None."""
    given = {name: value for name, value in members.items() if value is not None}
    return encode(json.dumps(given).encode())
