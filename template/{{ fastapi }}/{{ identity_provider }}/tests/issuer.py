"""An identity provider for the tests: it signs tokens, and publishes its keys over HTTP."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

DISCOVERY, KEYS = "/.well-known/openid-configuration", "/keys"
PATIENCE_SECONDS = 30


class Key:
    """A key pair, and what the provider publishes of it."""

    def __init__(self, kid: str, algorithm: str, *, bits: int = 2048) -> None:
        self.kid, self.algorithm = kid, algorithm
        self.private: Any
        if algorithm.startswith("RS"):
            self.private = rsa.generate_private_key(65_537, bits)
            public = RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        elif algorithm == "ES256":
            self.private = ec.generate_private_key(ec.SECP256R1())
            public = ECAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        else:
            self.private = ed25519.Ed25519PrivateKey.generate()
            public = OKPAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        self.jwk: dict[str, Any] = {**public, "kid": kid, "alg": algorithm, "use": "sig"}

    def sign(self, claims: dict[str, Any], header: dict[str, Any] | None = None) -> str:
        """Return a token; a claim, or a member of the header, that is None is left out."""
        # Not `jwt.encode`: it refuses to make some of the tokens that the service must refuse.
        text = json.dumps(_without_none(claims)).encode()
        head = _without_none({"typ": "JWT", "kid": self.kid, **(header or {})})
        return jwt.PyJWS().encode(text, self.private, self.algorithm, head)


class Issuer:
    """The provider; what it answers can be changed, and is counted."""

    def __init__(self, algorithm: str) -> None:
        self.key = Key("first", algorithm)
        self.jwks: dict[str, Any] = {"keys": [self.key.jwk]}
        self.asked: list[str] = []  # every path, in order
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}  # by path
        self.reached = threading.Event()  # a request has arrived
        self.awake = threading.Event()  # answers wait for it
        self.awake.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.jwks_url = f"{self.url}{KEYS}"

    def rotate(self) -> Key:
        """Replace the key."""
        self.key = Key(f"{self.key.kid}-next", self.key.algorithm)
        self.jwks = {"keys": [self.key.jwk]}
        return self.key

    def answer(self, path: str, body: bytes, status: int = 200, **headers: str) -> None:
        """Have a path answered like this from now on."""
        self.answers[path] = (status, headers, body)

    @contextmanager
    def running(self) -> Iterator["Issuer"]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield self
        finally:
            self.awake.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()


def _handler_of(issuer: Issuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked.append(self.path)
            issuer.reached.set()
            issuer.awake.wait(PATIENCE_SECONDS)
            status, headers, body = issuer.answers.get(self.path) or (200, {}, self._document())
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:  # the other side has read enough
                self.close_connection = True

        def _document(self) -> bytes:
            return json.dumps(issuer.jwks if self.path == KEYS else {}).encode()

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _without_none(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def lifetime(**offsets: float) -> dict[str, float]:
    """Return the claims about time, in seconds from now: `lifetime(exp=300)`."""
    return {name: int(time.time() + offset) for name, offset in offsets.items()}
