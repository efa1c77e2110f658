"""The OpenAPI document: problems under their own media type, every status that can be answered."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from app.problems import MEDIA_TYPE, ProblemBody

_DESCRIPTIONS = {
    400: "The body is not valid JSON",
    401: "Not signed in, or the token is not valid",
    403: "The role does not allow this",
    404: "There is no such thing, or it is somebody else's",
    409: "It contradicts something that is there already",
    413: "The body is too large",
    415: "The body is not application/json",
    422: "The request is not valid",
    429: "Too many requests; `Retry-After` tells when to try again",
    500: "Something went wrong on our side",
    503: "The service cannot answer at the moment; `Retry-After` tells when to try again",
}

# What any operation can answer, and what one with a body can answer besides.
ANY = (429, 500, 503)
BODY = (400, 413, 415, 422)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route for these error statuses."""
    return {
        status: {"model": ProblemBody, "description": _DESCRIPTIONS[status]}
        for status in sorted(statuses)
    }


def operation_id(route: APIRoute) -> str:
    """Return the function's name: generated clients call their methods by it."""
    return route.name


def install_openapi(app: FastAPI) -> None:
    """Make `app.openapi()` return the document."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign] # the documented way to extend it


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if int(status) >= 400 and "content" in response:  # noqa: PLR2004 # errors
                    response["content"] = {MEDIA_TYPE: response["content"]["application/json"]}
    return document
