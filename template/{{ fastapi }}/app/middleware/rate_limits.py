"""Rate limits before anything is read or routed."""

from starlette.types import ASGIApp, Receive, Scope, Send

from app.clients import client_of
from app.rate_limits import RateLimiter


class RateLimitMiddleware:
    """Refuses a request with 429 when its client has sent too many."""

    def __init__(self, app: ASGIApp, limiter: RateLimiter) -> None:
        self.app = app
        self.limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self.limiter.check(scope["path"], client_of(scope))
        await self.app(scope, receive, send)
