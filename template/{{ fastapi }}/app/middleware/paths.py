"""Paths match exactly, as proxies compare them."""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from app.problems import NotFound

# Letters, digits and `-._~`, which nobody has to encode (RFC 3986 §2.3), and the slash.
_NEEDLESSLY_ENCODED = re.compile(
    rb"%(2[DEF]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])", re.IGNORECASE
)


class ExactPathMiddleware:
    """Answers 404 to another spelling of a path: a proxy that hides `/metrics` would not see it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _NEEDLESSLY_ENCODED.search(scope["raw_path"]):
            raise NotFound
        await self.app(scope, receive, send)
