"""Routes that read JSON strictly: the framework alone takes NaN, UTF-16 and `+json` types."""

import json
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

from fastapi import Request, Response
from fastapi.routing import APIRoute

from app.problems import MalformedJson, UnsupportedMediaType


class JsonRequest(Request):
    """A request whose body is one JSON text in UTF-8 (RFC 8259)."""

    async def json(self) -> Any:  # noqa: ANN401 # as the framework's own
        """Return the parsed body; raise `MalformedJson` when it is no JSON."""
        try:
            text = (await self.body()).decode()
            return json.loads(text, parse_constant=_refuse)
        except (ValueError, RecursionError):
            raise MalformedJson from None


class JsonRoute(APIRoute):
    """A route that answers 415 to any other type of body and 400 to a malformed one."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the framework's handler behind the two checks."""
        handle = super().get_route_handler()
        if self.body_field is None:
            return handle

        async def handle_json(request: Request) -> Response:
            json_request = JsonRequest(request.scope, request.receive)
            if not await json_request.body():
                raise MalformedJson
            if _media_type(json_request) != "application/json":
                raise UnsupportedMediaType
            return await handle(json_request)

        return handle_json


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
