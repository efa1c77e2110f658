"""The outermost layer of a request: its id, its log line, its metrics."""

import re
import time
from uuid import uuid4

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.clients import client_of
from app.metrics import Metrics
from app.route_templates import UNMATCHED, RouteTemplates

log = structlog.get_logger()

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_QUIET = ("/health/", "/metrics")
_LONGEST_PATH = 200
# What proxies log for a client that went away before the answer, or was too slow to ask.
_CLIENT_CLOSED_REQUEST = 499


class RequestContextMiddleware:
    """Gives each request an id, and writes one log line and one observation when it ends."""

    def __init__(self, app: ASGIApp, metrics: Metrics, route_of: RouteTemplates) -> None:
        self.app = app
        self.metrics = metrics
        self.route_of = route_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        status = _CLIENT_CLOSED_REQUEST
        started = time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        self.metrics.in_flight.inc()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_with_id)
            finally:
                self.metrics.in_flight.dec()
                self._finish(scope, status, time.perf_counter() - started)

    def _finish(self, scope: Scope, status: int, seconds: float) -> None:
        method, route = scope["method"], self.route_of(scope)
        self.metrics.observe(method=method, route=route, status=status, seconds=seconds)
        more = {}
        if route == UNMATCHED:
            more["path"] = scope["path"][:_LONGEST_PATH]
        if subject := scope["state"].get("subject"):
            more["subject"] = subject.id
        write = log.debug if route.startswith(_QUIET) else log.info
        write(
            "request",
            method=method,
            route=route,
            status=status,
            duration_ms=round(seconds * 1000, 2),
            client=client_of(scope),
            **more,
        )


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            text = value.decode("latin-1")
            if _REQUEST_ID.fullmatch(text):
                return str(text)
    return str(uuid4())
