"""The largest body that is read, whether its length was announced or not."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.problems import BodyTooLarge


class BodyLimitMiddleware:
    """Refuses a larger body with 413: at once by its Content-Length, or while it arrives."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        # The server has checked that it is a number.
        if int(Headers(scope=scope).get("content-length", "0")) > self.max_bytes:
            raise BodyTooLarge
        received = 0

        async def receive_bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.max_bytes:
                raise BodyTooLarge
            return message

        await self.app(scope, receive_bounded, send)
