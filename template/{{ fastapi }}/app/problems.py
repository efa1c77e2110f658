"""Errors that a client sees: one class an error, one place that renders them (RFC 9457)."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import quote

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.types import Scope

from app.validation import explain

MEDIA_TYPE = "application/problem+json"

# RFC 9110 renamed these two; Python 3.12 still has the old phrases.
_TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}

_PATH_CHARACTERS = "/:@!$&'()*+,;=~"  # RFC 3986 §3.3, besides letters and digits

# Errors that the framework raises by itself.
_FRAMEWORK_CODES = {
    400: ("malformed_json", "The body is not valid JSON."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take this method."),
}


class FieldError(BaseModel):
    """What is wrong with one field of the body, or with one parameter."""

    pointer: str | None = None
    parameter: str | None = None
    detail: str


class ProblemBody(BaseModel):
    """The body of every error."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    code: str
    errors: list[FieldError] | None = None


class Problem(HTTPException):
    """An error with a status and a code that is stable for programs."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    text: ClassVar[str] = "Something went wrong on our side."
    fixed_headers: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self, errors: Sequence[Mapping[str, str]] = (), *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(self.status, self.text, headers={**self.fixed_headers, **(headers or {})})
        self.errors = errors


class MalformedJson(Problem):
    status, code, text = 400, *_FRAMEWORK_CODES[400]


class Unauthenticated(Problem):
    status, code, text = 401, "unauthenticated", "Sign in first: send a bearer token."
    fixed_headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "Bearer"}


class InvalidToken(Problem):
    status, code, text = 401, "invalid_token", "The token is not valid, or no longer."
    fixed_headers: ClassVar[Mapping[str, str]] = {
        "WWW-Authenticate": 'Bearer error="invalid_token"'
    }


class Forbidden(Problem):
    status, code, text = 403, "forbidden", "Your role does not allow this."


class NotFound(Problem):
    status, code, text = 404, *_FRAMEWORK_CODES[404]


class BodyTooLarge(Problem):
    status, code, text = 413, "body_too_large", "The body is larger than this service accepts."


class UnsupportedMediaType(Problem):
    status, code = 415, "unsupported_media_type"
    text = "Send the body as application/json."


class InvalidRequest(Problem):
    status, code, text = 422, "invalid_request", "The request is not valid."


class RateLimited(Problem):
    status, code, text = 429, "rate_limited", "Too many requests: try again later."


class InternalError(Problem):
    pass


class Unavailable(Problem):
    status, code = 503, "unavailable"
    text = "The service cannot answer at the moment: try again."
    fixed_headers: ClassVar[Mapping[str, str]] = {"Retry-After": "1"}


def problem_response(scope: Scope, problem: Problem) -> Response:
    """Return the response for a problem."""
    return _render(
        scope, problem.status, problem.code, problem.detail, problem.headers, problem.errors
    )


def install_problem_handlers(app: FastAPI) -> None:
    """Make every error of the framework a problem, too."""
    app.add_exception_handler(StarletteHTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    if isinstance(error, Problem):
        return problem_response(request.scope, error)
    assert isinstance(error, StarletteHTTPException)  # noqa: S101 # what it is registered for
    code, detail = _FRAMEWORK_CODES.get(error.status_code, ("error", "The request failed."))
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(sorted(_methods_at(request)))
    return _render(request.scope, error.status_code, code, detail, headers, ())


def _methods_at(request: Request) -> set[str]:
    """Return the methods of every route at this path: the framework names only the first's."""
    return {
        method
        for route in iter_route_contexts(request.app.routes)
        if route.path_regex.match(request.scope["path"])
        for method in route.methods or ()
    }


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 # what it is registered for
    errors = []
    for details in error.errors():
        place, *path = details["loc"]
        if place == "body":
            where = {"pointer": "".join(f"/{_escape(part)}" for part in path)}
        else:
            where = {"parameter": str(path[0])}
        errors.append({**where, "detail": explain(details)})
    return problem_response(request.scope, InvalidRequest(errors))


def _escape(part: object) -> str:
    """Return one reference token of a JSON pointer (RFC 6901 §3)."""
    return str(part).replace("~", "~0").replace("/", "~1")


def _render(  # noqa: PLR0913, PLR0917 # the members of the body
    scope: Scope,
    status: int,
    code: str,
    detail: str,
    headers: Mapping[str, str] | None,
    errors: Sequence[Mapping[str, str]],
) -> Response:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": _TITLES.get(status) or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": quote(scope["path"], safe=_PATH_CHARACTERS),
        "request_id": scope["state"]["request_id"],
        "code": code,
    }
    if errors:
        count = len(errors)
        body["detail"] = "1 field is invalid." if count == 1 else f"{count} fields are invalid."
        body["errors"] = errors
    # ASCII escapes: a lone surrogate in the name of an unknown field cannot be encoded as UTF-8.
    return Response(json.dumps(body), status, headers, MEDIA_TYPE)
