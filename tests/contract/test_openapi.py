"""§2: the OpenAPI document says what the contract says."""

from __future__ import annotations

import re
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from .service import Service

WRITE = {400, 413, 415, 422, 429, 503}
READ = {401, 429, 503}
STATUSES = {
    ("get", "/api/v1/users/me"): {200} | READ,
    ("get", "/api/v1/items"): {200, 422} | READ,
    ("post", "/api/v1/items"): {201, 401} | WRITE,
    ("get", "/api/v1/items/{}"): {200, 404, 422} | READ,
    ("patch", "/api/v1/items/{}"): {200, 401, 404} | WRITE,
    ("delete", "/api/v1/items/{}"): {204, 404, 422} | READ,
}
LOCAL_STATUSES = {
    ("post", "/api/v1/auth/register"): {201, 409} | WRITE,
    ("post", "/api/v1/auth/login"): {200, 401} | WRITE,
    ("post", "/api/v1/auth/refresh"): {200, 401} | WRITE,
    ("post", "/api/v1/auth/logout"): {204} | WRITE,
    ("post", "/api/v1/auth/password"): {204, 401} | WRITE,
    ("get", "/api/v1/users"): {200, 403, 422} | READ,
}
PROBLEM_MEMBERS = {"type", "title", "status", "detail", "instance", "request_id", "code"}
Operation = dict[str, Any]


@pytest.fixture(scope="module")
def document(service: Service) -> dict[str, Any]:
    response = service.get("/openapi.json")
    assert response.status_code == 200
    body: dict[str, Any] = response.json()
    return body


@pytest.fixture(scope="module")
def operations(document: dict[str, Any]) -> dict[tuple[str, str], Operation]:
    """The operations below /api by method and path, without the names of path parameters."""
    return {
        (method, re.sub(r"\{[^}]*\}", "{}", path)): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/api/") and method in {"get", "post", "put", "patch", "delete"}
    }


def expected(service: Service) -> dict[tuple[str, str], set[int]]:
    return STATUSES | (LOCAL_STATUSES if service.target.auth == "local" else {})


def test_document_is_valid(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(document).validate()


def test_operations_are_those_of_the_contract(
    service: Service, operations: dict[tuple[str, str], Operation]
) -> None:
    reads = {key for key in operations if key[0] != "head"}
    assert reads == expected(service).keys()


def test_every_status_is_documented(
    service: Service, operations: dict[tuple[str, str], Operation]
) -> None:
    missing = {
        f"{method} {path}": sorted(statuses - documented)
        for (method, path), statuses in expected(service).items()
        if not statuses
        <= (documented := {int(s) for s in operations[method, path]["responses"] if s.isdigit()})
    }
    assert missing == {}


def test_problems_have_their_media_type(
    document: dict[str, Any], operations: dict[tuple[str, str], Operation]
) -> None:
    for key, operation in operations.items():
        for status, answer in operation["responses"].items():
            if status.startswith(("4", "5")):
                content = resolve(document, answer)["content"]
                assert content.keys() == {"application/problem+json"}, (key, status)
                schema = resolve(document, content["application/problem+json"]["schema"])
                assert schema["properties"].keys() >= PROBLEM_MEMBERS, (key, status)


def test_bodies_are_closed(
    document: dict[str, Any], operations: dict[tuple[str, str], Operation]
) -> None:
    for key, operation in operations.items():
        if "requestBody" in operation:
            content = resolve(document, operation["requestBody"])["content"]
            assert content.keys() == {"application/json"}, key
            schema = resolve(document, content["application/json"]["schema"])
            assert (
                schema.get("additionalProperties", schema.get("unevaluatedProperties")) is False
            ), key


def resolve(document: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    """Return the value that a reference within the document points at."""
    while reference := value.get("$ref"):
        value = document
        for step in reference.removeprefix("#/").split("/"):
            value = value[step.replace("~1", "/").replace("~0", "~")]
    return value
