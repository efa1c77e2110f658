"""Errors that a client sees: one class an error, one place that renders them (RFC 9457)."""

import json
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import quote

import structlog
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.types import Scope

from app.validation import explain

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"

# An answer must not be larger than what it answers, or not by much.
MOST_ERRORS = 20
_MOST_BYTES = 32_768
_LONGEST_INSTANCE = 2048
_LONGEST_DETAIL = 2048
_LONGEST_PLACE = 200
_LONGEST_TEXT = 1000

# RFC 9110 renamed these; Python 3.12 still has the old phrases.
_TITLES = {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}
_LONE_SURROGATES = re.compile("[\ud800-\udfff]")

# RFC 3986 §3.3, besides letters and digits; what the client encoded stays so.
_PATH_CHARACTERS = "/:@!$&'()*+,;=~%"


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
        self,
        errors: Sequence[Mapping[str, str]] = (),
        *,
        error_count: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(self.status, self.text, headers={**self.fixed_headers, **(headers or {})})
        self.errors = errors
        self.error_count = len(errors) if error_count is None else error_count


class MalformedJson(Problem):
    status, code, text = 400, "malformed_json", "The body is not valid JSON."


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
    status, code, text = 404, "not_found", "There is nothing at this address."


class MethodNotAllowed(Problem):
    status, code = 405, "method_not_allowed"
    text = "This address does not take this method."


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


# What is said when an error that a status alone describes is raised.
_TEXTS = {
    problem.status: problem.text
    for problem in (
        Unauthenticated,
        Forbidden,
        NotFound,
        MethodNotAllowed,
        BodyTooLarge,
        UnsupportedMediaType,
        RateLimited,
    )
}


def problem_response(scope: Scope, problem: Problem) -> Response:
    """Return the response for a problem."""
    return _render(
        scope,
        problem.status,
        problem.code,
        problem.detail,
        problem.headers,
        problem.errors,
        problem.error_count,
    )


def install_problem_handlers(app: FastAPI) -> None:
    """Make every error of the framework a problem, too."""
    app.add_exception_handler(StarletteHTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    if isinstance(error, Problem):
        return problem_response(request.scope, error)
    assert isinstance(error, StarletteHTTPException)  # noqa: S101 # what it is registered for
    status = error.status_code
    headers = dict(error.headers or {})
    if status < HTTPStatus.BAD_REQUEST:
        return Response(status_code=status, headers=headers)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _on_server_error(request.scope, error)
    if status == HTTPStatus.UNAUTHORIZED:
        headers = {**Unauthenticated.fixed_headers, **headers}
    elif status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(sorted(_methods_at(request)))
    text = error.detail if isinstance(error.detail, str) else json.dumps(error.detail, default=str)
    if text in {"", _phrase(status)}:
        text = _TEXTS.get(status, f"{_title(status)}.")
    return _render(request.scope, status, _code(status), text, headers)


def _on_server_error(scope: Scope, error: StarletteHTTPException) -> Response:
    """Return a response that keeps the status only: the text was not written for clients."""
    log.error("request failed", status=error.status_code, detail=error.detail, exc_info=error)
    if error.status_code == Unavailable.status:
        headers = {**Unavailable.fixed_headers, **(error.headers or {})}
        return problem_response(scope, Unavailable(headers=headers))
    if error.status_code in {InternalError.status, *range(600, 1000)}:
        return problem_response(scope, InternalError(headers=error.headers))
    status = error.status_code
    return _render(scope, status, _code(status), InternalError.text, error.headers)


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
    found = error.errors()
    # From a route that reads JSON as the framework does: see `JsonRoute`.
    if any(details["type"] == "json_invalid" for details in found):
        return problem_response(request.scope, MalformedJson())
    errors = [_field_error(details) for details in found[:MOST_ERRORS]]
    # One of them may stand for many: see `RequestBody`.
    count = sum(
        details["ctx"]["fields"] if details["type"] == "unknown_fields" else 1 for details in found
    )
    return problem_response(request.scope, InvalidRequest(errors, error_count=count))


def _field_error(details: ErrorDetails) -> dict[str, str]:
    place, *path = details["loc"]
    # The text of a validator may hold the value.
    detail = {"detail": explain(details)[:_LONGEST_TEXT]}
    if place == "body":
        pointer = "".join(f"/{_escape(part)}" for part in path)
        return {"pointer": pointer[:_LONGEST_PLACE], **detail}
    # What contradicts itself in several parameters has no place of its own.
    return {"parameter": str(path[0])[:_LONGEST_PLACE], **detail} if path else detail


def _escape(part: object) -> str:
    """Return one reference token of a JSON pointer (RFC 6901 §3)."""
    return str(part)[:_LONGEST_PLACE].replace("~", "~0").replace("/", "~1")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Client Error" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "Server Error"


def _title(status: int) -> str:
    return _TITLES.get(status) or _phrase(status)


def _code(status: int) -> str:
    """Return the status's own word: `im_a_teapot`."""
    return re.sub("[^a-z]+", "_", _title(status).lower().replace("'", ""))


def _render(  # noqa: PLR0913, PLR0917 # the members of the body
    scope: Scope,
    status: int,
    code: str,
    detail: str,
    headers: Mapping[str, str] | None,
    errors: Sequence[Mapping[str, str]] = (),
    error_count: int = 0,
) -> Response:
    instance = quote(scope["raw_path"][: _LONGEST_INSTANCE + 1], safe=_PATH_CHARACTERS)
    if len(instance) > _LONGEST_INSTANCE:
        # Not in the middle of an escape.
        instance = re.sub("%[0-9A-Fa-f]?$", "", instance[:_LONGEST_INSTANCE])
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": _title(status),
        "status": status,
        "detail": detail[:_LONGEST_DETAIL],
        "instance": instance,
        "request_id": scope["state"]["request_id"],
        "code": code,
    }
    if errors:
        one = error_count == 1
        body["detail"] = "1 field is invalid." if one else f"{error_count} fields are invalid."
        body["errors"] = list(errors)
    content = _encode(body)
    while len(content) > _MOST_BYTES and body.get("errors"):
        body["errors"].pop()
        content = _encode(body)
    return Response(content, status, headers, MEDIA_TYPE)


def _encode(body: Mapping[str, Any]) -> bytes:
    """Return the JSON text; a lone surrogate, which a client can send, has no form in UTF-8."""
    text = json.dumps(body, ensure_ascii=False)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _LONE_SURROGATES.sub("\ufffd", text).encode()
