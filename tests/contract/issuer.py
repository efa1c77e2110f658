"""An identity provider of the suite's own: keys, discovery and JWKS over HTTP, all of it counted.

It does nothing but what a verifier sees of a provider. What it answers can be replaced, delayed and
taken away, which no real provider would do on demand.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

from .keys import SigningKey
from .providers import JWKS
from .service import free_port

DISCOVERY = "/.well-known/openid-configuration"
PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Reply:
    """What a path answers."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Issuer:
    """`with Issuer("/realms/example") as issuer:`; `stop` and `start` are an outage."""

    def __init__(self, path: str = "", algorithm: str = "RS256") -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.name = f"{self.url}{path}"  # its `iss`
        self.discovery = f"{path.removesuffix('/')}{DISCOVERY}"
        self.key = SigningKey("key-1", algorithm)
        # Keycloak publishes a key for encryption, too.
        self.others = [SigningKey("encryption", "RS256", use="enc")]
        self.published = [self.key, *self.others]
        self.asked: Counter[str] = Counter()
        self.asked_as_proxy = 0
        self.sent_bytes = 0
        self.replies: dict[str, Reply] = {}
        self.awake = threading.Event()
        self._server: ThreadingHTTPServer | None = None

    @property
    def jwks_url(self) -> str:
        return f"{self.url}{JWKS}"

    def rotate(self) -> SigningKey:
        """Return the new key, which alone is published from now on."""
        number = int(self.key.kid.partition("-")[2]) + 1
        self.key = SigningKey(f"key-{number}", self.key.algorithm)
        self.published = [self.key, *self.others]
        return self.key

    def start(self) -> None:
        self.awake.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), partial(_Handler, self))
        self._server.daemon_threads = True
        serve = partial(self._server.serve_forever, poll_interval=0.05)
        threading.Thread(target=serve, daemon=True).start()

    def stop(self) -> None:
        self.awake.set()
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def reply(self, path: str) -> Reply:
        if path in self.replies:
            return self.replies[path]
        if path == JWKS:
            return _json({"keys": [key.jwk for key in self.published]})
        if path == self.discovery:
            return _json({"issuer": self.name, "jwks_uri": self.jwks_url})
        return Reply(status=404)

    def __enter__(self) -> Issuer:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, issuer: Issuer, *arguments: object) -> None:
        self.issuer = issuer
        super().__init__(*arguments)  # type: ignore[arg-type] # what the server passes

    def do_CONNECT(self) -> None:
        """Be a proxy whose tunnels all end here (RFC 9110, section 9.3.6)."""
        self.issuer.asked_as_proxy += 1
        self.send_response(200)
        self.end_headers()
        self.close_connection = False

    def do_GET(self) -> None:
        self.issuer.asked_as_proxy += not self.path.startswith("/")
        self.issuer.asked[self.path] += 1
        self.issuer.awake.wait(PATIENCE_SECONDS)
        reply = self.issuer.reply(self.path)
        with suppress(OSError):  # the other side has read enough
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            for start in range(0, len(reply.body), 4096):
                self.wfile.write(reply.body[start : start + 4096])
                self.issuer.sent_bytes += 4096

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 # as the base
        pass


def _json(document: object) -> Reply:
    return Reply(json.dumps(document).encode(), headers={"Content-Type": "application/json"})
