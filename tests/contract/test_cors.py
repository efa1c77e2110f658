"""§1, §7: cross-origin requests."""

from __future__ import annotations

import httpx
import pytest

from .accounts import Session
from .conftest import ALLOWED_ORIGIN
from .service import Service
from .test_items import ITEMS

FOREIGN = [
    "https://foreign.example",
    "http://app.example",
    "https://app.example:8443",
    "https://app.example.foreign.example",
    "https://foreignapp.example",
    "https://sub.app.example",
    "https://b.example",
    "null",
    "*",
]
ALLOW_ORIGIN = "Access-Control-Allow-Origin"


def preflight(service: Service, origin: str, method: str = "PATCH") -> httpx.Response:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    return service.request("OPTIONS", ITEMS, headers=headers)


def words(value: str) -> set[str]:
    return {word.strip().lower() for word in value.split(",")}


@pytest.mark.parametrize("origin", [ALLOWED_ORIGIN, "https://b.example:8443"])
def test_listed_origin_is_allowed(service: Service, anyone: Session, origin: str) -> None:
    response = service.get(ITEMS, headers=anyone.headers | {"Origin": origin})
    assert response.headers.get_list(ALLOW_ORIGIN) == [origin]
    assert "origin" in words(response.headers.get("Vary", ""))


@pytest.mark.parametrize("origin", FOREIGN)
def test_foreign_origin_is_not_allowed(service: Service, anyone: Session, origin: str) -> None:
    response = service.get(ITEMS, headers=anyone.headers | {"Origin": origin})
    assert response.status_code == 200
    assert ALLOW_ORIGIN not in response.headers


@pytest.mark.parametrize("path", [ITEMS, "/api/nothing"])
def test_errors_are_readable_for_listed_origins(service: Service, path: str) -> None:
    response = service.get(path, headers={"Origin": ALLOWED_ORIGIN})
    assert response.status_code in {401, 404}
    assert response.headers[ALLOW_ORIGIN] == ALLOWED_ORIGIN


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_preflight_of_listed_origin_succeeds(service: Service, method: str) -> None:
    response = preflight(service, ALLOWED_ORIGIN, method)
    assert response.status_code in {200, 204}
    assert response.headers[ALLOW_ORIGIN] == ALLOWED_ORIGIN
    assert method.lower() in words(response.headers["Access-Control-Allow-Methods"])
    allowed = words(response.headers["Access-Control-Allow-Headers"])
    assert {"authorization", "content-type"} <= allowed


@pytest.mark.parametrize("origin", FOREIGN)
def test_preflight_of_foreign_origin_allows_nothing(service: Service, origin: str) -> None:
    response = preflight(service, origin)
    assert response.status_code < 500
    assert ALLOW_ORIGIN not in response.headers
