"""The last net: whatever nobody handled becomes a problem without any inner detail."""

import asyncio

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.problems import InternalError, Problem, problem_response

log = structlog.get_logger()


class ErrorMiddleware:
    """Answers 500 for an unhandled exception and logs its stack under the request's id."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def send_and_note(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        except Problem as problem:
            await problem_response(scope, problem)(scope, receive, send)
        except ClientDisconnect:
            # In the middle of its body: nobody is left to be told.
            return
        except (Exception, asyncio.CancelledError):
            # Cancelled: something that the handler waits for, or this request at the end of
            # SHUTDOWN_TIMEOUT_SECONDS.
            log.exception("unhandled error")
            if started:
                raise
            await problem_response(scope, InternalError())(scope, receive, send)
