"""Routes that read JSON strictly, and nothing before the caller is known."""

import json
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from inspect import iscoroutinefunction
from json import JSONDecodeError
from typing import Any, NoReturn

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from app.auth.dependencies import bearer, current_subject
from app.problems import MalformedJson, UnsupportedMediaType

# What Python's `int` reads, whose time grows with the square of the length.
_MOST_DIGITS = 4300

type Guard = Callable[[Request], Awaitable[object]]


class JsonRequest(Request):
    """A request whose body is one JSON text in UTF-8 (RFC 8259)."""

    async def json(self) -> Any:  # noqa: ANN401 # as the framework's own
        """Return the parsed body; raise `MalformedJson` when it is no JSON."""
        try:
            return _parse((await self.body()).decode())
        except (ValueError, RecursionError):
            raise MalformedJson from None


class JsonRoute(APIRoute):
    """A route that answers 415 to any other type of body and 400 to a malformed one.

    The framework reads and parses a body before it asks any dependency. Here those that need to
    know nothing but the caller are asked before, so that 401 and 403 cost next to nothing. Where
    nothing is refused, the framework asks them once more.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the framework's handler behind these checks."""
        handle = super().get_route_handler()
        if self.body_field is None:
            return handle
        guards: list[Guard] | None = None

        async def handle_json(request: Request) -> Response:
            nonlocal guards
            if guards is None:
                guards = list(_guards(self._whole_dependant(request)))
            # Who replaces dependencies, in a test, gets them in the framework's order.
            if not request.app.dependency_overrides:
                for check in guards:
                    await check(request)
            json_request = JsonRequest(request.scope, request.receive)
            if not await json_request.body():
                raise MalformedJson
            if not _is_json(json_request):
                raise UnsupportedMediaType
            return await handle(json_request)

        return handle_json

    def _whole_dependant(self, request: Request) -> Dependant:
        # With what `include_router(dependencies=...)` adds, the framework keeps it in the scope.
        context = request.scope.get("fastapi", {}).get("effective_route_context", self)
        dependant: Dependant = context.dependant
        return dependant


def _guards(dependant: Dependant) -> Iterator[Guard]:
    """Give the dependencies of a route that know the caller, and no more than that."""
    below = list(_all_below(dependant))
    if any(each.call is current_subject for each in below):
        yield _authenticate
    for each in below:
        if each.call and _takes_only_the_caller(each):
            yield _role_check(each.call, str(each.dependencies[0].name))


def _all_below(dependant: Dependant) -> Iterator[Dependant]:
    for each in dependant.dependencies:
        yield from _all_below(each)
        yield each


def _takes_only_the_caller(dependant: Dependant) -> bool:
    others = (
        dependant.path_params,
        dependant.query_params,
        dependant.header_params,
        dependant.cookie_params,
        dependant.body_params,
        dependant.request_param_name,
        dependant.http_connection_param_name,
        dependant.response_param_name,
        dependant.background_tasks_param_name,
        dependant.security_scopes_param_name,
    )
    return [each.call for each in dependant.dependencies] == [current_subject] and not any(others)


async def _authenticate(request: Request) -> object:
    return await current_subject(request, await bearer(request))


def _role_check(check: Callable[..., Any], parameter: str) -> Guard:
    # A function, or an object such as `RequireRole("editor")`, whose method says what it is.
    asynchronous = any(iscoroutinefunction(call) for call in (check, type(check).__call__))

    async def ask(request: Request) -> object:
        caller = {parameter: await _authenticate(request)}
        if asynchronous:
            return await check(**caller)
        return await run_in_threadpool(check, **caller)

    return ask


def _is_json(request: Request) -> bool:
    media_type = request.headers.get("content-type", "").partition(";")[0]
    encoding = request.headers.get("content-encoding") or "identity"
    return (media_type.strip().lower(), encoding.strip().lower()) == (
        "application/json",
        "identity",
    )


def _parse(text: str) -> Any:  # noqa: ANN401 # any JSON value
    try:
        return json.loads(text, parse_constant=_refuse)
    except JSONDecodeError:
        raise
    except ValueError:
        # Valid JSON, but no number for anybody: the fields say what is wrong with it.
        return json.loads(text, parse_constant=_refuse, parse_int=_whole_number)


def _whole_number(digits: str) -> float:
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
