"""Security headers on every response (OWASP HTTP Headers Cheat Sheet)."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = b"default-src 'none'; frame-ancestors 'none'"
# The documentation page loads its script and style from a CDN and starts with an inline script.
_DOCS_POLICY = (
    b"default-src 'none'; connect-src 'self'; frame-ancestors 'none'; "
    b"img-src 'self' data: https://fastapi.tiangolo.com; "
    b"script-src 'unsafe-inline' https://cdn.jsdelivr.net; "
    b"style-src 'unsafe-inline' https://cdn.jsdelivr.net"
)


class SecurityHeadersMiddleware:
    """Adds the headers that tell a browser to do as little as possible with an answer."""

    def __init__(self, app: ASGIApp, *, production: bool, include_subdomains: bool) -> None:
        self.app = app
        self._common = [
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"x-frame-options", b"DENY"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"cross-origin-resource-policy", b"same-origin"),
        ]
        if production:
            year = b"max-age=31536000"
            value = year + b"; includeSubDomains" if include_subdomains else year
            self._common.append((b"strict-transport-security", value))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path: bytes = scope["raw_path"]

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                policy = _DOCS_POLICY if path == b"/docs" else _POLICY
                headers = [*message["headers"], *self._common, (b"content-security-policy", policy)]
                if path == b"/api" or path.startswith(b"/api/"):
                    headers.append((b"cache-control", b"no-store"))
                message["headers"] = headers
            await send(message)

        await self.app(scope, receive, send_with_headers)
