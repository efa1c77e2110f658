"""The largest body that is read, whether its length was announced or not."""

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http_protocol import LINGER_SECONDS
from app.problems import BodyTooLarge, problem_response


class BodyLimitMiddleware:
    """Refuses a larger body with 413: at once by its Content-Length, or while it arrives."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        # The server has checked that it is a number.
        if int(headers.get("content-length", "0")) > self.max_bytes:
            refuse = problem_response(scope, BodyTooLarge())
            await refuse(scope, receive, self._closing(receive, send))
            return
        if "transfer-encoding" not in headers:
            await self.app(scope, receive, send)
            return
        received = 0

        async def receive_bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.max_bytes:
                raise BodyTooLarge
            return message

        closing = self._closing(receive, send)

        async def send_or_close(message: Message) -> None:
            await (closing if received > self.max_bytes else send)(message)

        await self.app(scope, receive_bounded, send_or_close)

    def _closing(self, receive: Receive, send: Send) -> Send:
        """Return a `send` that closes the connection after the answer.

        Some of the body is read and dropped before: closed at once, the connection would be reset
        under a client that still sends, and the answer lost (RFC 9112 §9.6).
        """

        async def send_and_close(message: Message) -> None:
            if message["type"] == "http.response.start":
                closed = {"headers": [*message["headers"], (b"connection", b"close")]}
                await send({**message, **closed})
            elif message.get("more_body"):
                await send(message)
            else:
                await send({**message, "more_body": True})
                await self._drop(receive)
                await send({"type": "http.response.body"})

        return send_and_close

    async def _drop(self, receive: Receive) -> None:
        dropped, more = 0, True
        while more and dropped < self.max_bytes:
            try:
                async with asyncio.timeout(LINGER_SECONDS):
                    message = await receive()
            except TimeoutError:
                return
            dropped += len(message.get("body", b""))
            more = message.get("more_body", False)
