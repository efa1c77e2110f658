"""HTTP/1.1 connections: bounds of time and size for what a client sends and does not read."""

import asyncio
from http import HTTPStatus
from typing import Any, Literal

import httptools
import structlog
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from app.clients import client_of, plain_address

log = structlog.get_logger()

# Longer than the idle time of common load balancers (60 s): the balancer closes first, so it never
# sends a request into a connection that is just being closed.
KEEP_ALIVE_SECONDS = 65
MAX_HEAD_BYTES = 16_384
# How long a client that was refused may go on sending before the connection is closed.
LINGER_SECONDS = 1
# A deadline is noticed at most this much later.
_LONGEST_PAUSE_SECONDS = 15
# A body in chunks of one byte is six times as long on the wire.
_MAX_FRAMING = 8

type Awaited = Literal["headers", "body", "reading"]


class HttpProtocol(HttpToolsProtocol):
    """One connection.

    The server itself has no deadline for receiving or for a client that does not read, no bound
    for a request's head, and loses the body of a request that offers another protocol.

    A deadline is compared when the connection's only timer fires: to arm one for each request
    would cost more than all of this.
    """

    # The defaults of the settings; `with_limits` has others.
    request_timeout_seconds = 60
    max_body_bytes = 1_048_576

    @classmethod
    def with_limits(
        cls, *, request_timeout_seconds: int, max_body_bytes: int
    ) -> type["HttpProtocol"]:
        """Return the protocol for a server with these limits."""
        limits = {
            "request_timeout_seconds": request_timeout_seconds,
            "max_body_bytes": max_body_bytes,
        }
        return type(cls.__name__, (cls,), limits)

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._timer: asyncio.TimerHandle | None = None
        # What the client owes, and since when.
        self._awaited: Awaited | None = None
        self._since = 0.0
        # What waits to be read, and since when it has been that much.
        self._unsent_bytes = 0
        self._unsent_since = 0.0
        self._head_bytes = self._body_bytes = self._framed_bytes = 0
        self._head_too_large = self._refused = False
        # The request that is being answered: `cycle` is the last of those that came together.
        self._answered: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to wait for a request."""
        super().connection_made(transport)
        self._await("headers")
        self._check_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection, and what was to be sent on it."""
        if self._answered:
            self._answered.disconnected = True
            self._answered.message_event.set()
        super().connection_lost(exc)
        self._stop_timer()

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        if self._refused:
            return
        self._unset_keepalive_if_required()
        if self._awaited is None and not self._answering:
            self._await("headers")
        if self._awaited == "headers":
            self._head_bytes += len(data)
        else:
            self._framed_bytes += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            if self._should_upgrade():
                self._stop_timer()
                self.handle_websocket_upgrade()
            else:
                self._decline_upgrade(data[offer.args[0] :])
            return
        except httptools.HttpParserError:
            self._refuse(431 if self._head_too_large else 400)
            return
        if self._awaited == "headers" and self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(431)
        elif (
            self._awaited == "body"
            and self._framed_bytes > MAX_HEAD_BYTES + _MAX_FRAMING * self._body_bytes
        ):
            self._refuse(400)

    def on_message_begin(self) -> None:
        """Start a request; the time for its head counts from its first byte."""
        super().on_message_begin()
        if self._awaited != "headers":
            self._await("headers")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; trailers come when the request is under way, and nobody reads them."""
        if self._awaited == "headers":
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin to answer, unless the head is too large or asks for part of a page."""
        # The parser cuts a fragment off, and a proxy that hides `/metrics` does not see it in
        # `/metrics#`. No client may send one (RFC 9112 §3.2).
        if b"#" in self.url:
            raise ValueError
        # Only a head in a lot of data can be: measuring each one would cost.
        if self._head_bytes > MAX_HEAD_BYTES and self._head_size() > MAX_HEAD_BYTES:
            self._head_too_large = True
            raise ValueError
        if not self._declines_upgrade():
            super().on_headers_complete()
        self._head_bytes = self._body_bytes = self._framed_bytes = 0
        self._await("body")

    def on_body(self, body: bytes) -> None:
        """Pass a part of the body on, or drop it when the answer did not wait for it."""
        self._body_bytes += len(body)
        if self.cycle.response_complete and self._body_bytes > self.max_body_bytes:
            self.transport.close()
            return
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that the request has come as a whole."""
        if self._declines_upgrade():
            return
        self._awaited = None
        super().on_message_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    @property
    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _declines_upgrade(self) -> bool:
        return bool(
            self.parser.should_upgrade()
            and self.parser.get_method() != b"CONNECT"
            and not self._should_upgrade()
        )

    def _decline_upgrade(self, rest: bytes) -> None:
        """Take the request as if no other protocol had been offered (RFC 9110 §7.8).

        The parser takes what follows such a head for the other protocol. So another one starts
        again, with a head that does not offer it.
        """
        head = [self.parser.get_method(), b" ", self.url, b" HTTP/1.1\r\n"]
        for name, value in self.headers:
            if name != b"upgrade":
                head += [name, b": ", value, b"\r\n"]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._awaited = None
        self.data_received(b"".join([*head, b"\r\n", rest]))

    def _refuse(self, status: int) -> None:
        """Answer what is no request, and close; an answer under way is the last."""
        if self._awaited == "headers" and self._answering:
            self.cycle.keep_alive = False
            self.flow.pause_reading()
            return
        begun = self.cycle is not None and self.cycle.response_started
        if not self.pipeline and not (self._awaited == "body" and begun):
            text = HTTPStatus(status).phrase.encode()
            self.transport.write(
                b"HTTP/1.1 %d %b\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n"
                b"Connection: close\r\n\r\n%b" % (status, text, len(text), text)
            )
        # Closed at once, the connection would be reset under a client that still sends, and the
        # answer lost (RFC 9112 §9.6).
        self._refused = True
        self._awaited = None
        self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _await(self, awaited: Awaited) -> None:
        self._awaited = awaited
        self._since = self.loop.time()

    def _check_deadline(self) -> None:
        """Give the client up when its time is over, or look again later."""
        now = self.loop.time()
        unsent = self.transport.get_write_buffer_size()
        if unsent != self._unsent_bytes:
            self._unsent_bytes, self._unsent_since = unsent, now
        if self.flow.read_paused:
            # It cannot send: we are those who are slow.
            self._since = now
        awaited, since = ("reading", self._unsent_since) if unsent else (self._awaited, self._since)
        pause = min(_LONGEST_PAUSE_SECONDS, self.request_timeout_seconds / 4)
        if awaited and not (awaited == "headers" and self._answering):
            left = since + self.request_timeout_seconds - now
            if left <= 0:
                self._give_up(awaited)
            else:
                pause = min(pause, left)
        self._timer = self.loop.call_later(pause, self._check_deadline)

    def _give_up(self, awaited: str) -> None:
        client = client_of(self.scope) if awaited == "body" else plain_address(self._peer)
        log.warning("client timed out", client=client, waiting_for=awaited)
        if awaited == "reading" or self.transport.is_closing():
            self.transport.abort()
        else:
            self._refuse(408)

    @property
    def _peer(self) -> str:
        return self.client[0] if self.client else "unknown"

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
