"""§3, §4: unknown routes, wrong methods, HEAD."""

from __future__ import annotations

import uuid

import httpx
import pytest

from .accounts import Session
from .checks import assert_problem, assert_standard_headers
from .raw import exchange
from .service import Service
from .test_items import create

SOME_ID = str(uuid.UUID(int=7 << 76))
METHODS = {
    "/health/live": {"GET"},
    "/health/ready": {"GET"},
    "/metrics": {"GET"},
    "/openapi.json": {"GET"},
    "/api/v1/users/me": {"GET"},
    "/api/v1/items": {"GET", "POST"},
    f"/api/v1/items/{SOME_ID}": {"GET", "PATCH", "DELETE"},
}
LOCAL_METHODS = {
    "/api/v1/auth/register": {"POST"},
    "/api/v1/auth/login": {"POST"},
    "/api/v1/auth/refresh": {"POST"},
    "/api/v1/auth/logout": {"POST"},
    "/api/v1/auth/password": {"POST"},
    "/api/v1/users": {"GET"},
}
UNKNOWN = [
    "/",
    "/api",
    "/api/",
    "/api/v1",
    "/api/v2/items",
    "/nothing",
    "/api/v1/items/x/y",
    "/health",
]
INEXACT = [
    "/api/v1/items/",
    "/api/v1/users/me/",
    "/health/live/",
    f"/api/v1/items/{SOME_ID}/",
    "/API/v1/items",
    "/api/v1/Items",
    "/Health/live",
]
# An HTTP client would tidy these up before sending.
UNTIDY = [
    "//api/v1/items",
    "/api//v1/items",
    "/api/v1/./items",
    "/api/v1/users/../items",
    "/api/v1/items;x",
]
# RFC 3986, section 2.3: letters, digits, `-`, `.`, `_` and `~` need no escape. A proxy's rule for
# a path does not see such a spelling of it.
ESCAPED = [
    "/%6Detrics",
    "/metric%73",
    "/%6d%65%74%72%69%63%73",
    "/%6Fpenapi.json",
    "/openapi%2Ejson",
    "/%64ocs",
    "/health/%6Cive",
    "/%61pi/v1/items",
    "/api/v1/item%73",
    "/api/v%31/items",
    "/api%2Fv1/items",
    "/api/v1%2fitems",
    "/%2Fmetrics",
    "/metrics%2F",
    "/metrics%3F",
    f"/api/v1/items/{SOME_ID.replace('-', '%2D')}",
    f"/api/v1/items/%30{SOME_ID[1:]}",
]


def methods_of(allow: str) -> set[str]:
    """Return the methods of an Allow header without those every resource may offer."""
    return {method.strip() for method in allow.split(",")} - {"HEAD", "OPTIONS"}


def assert_method_refused(response: httpx.Response, allowed: set[str]) -> None:
    assert_problem(response, 405, "method_not_allowed")
    assert methods_of(response.headers["Allow"]) == allowed


class TestUnknownRoute:
    @pytest.mark.parametrize("path", UNKNOWN)
    @pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
    def test_is_not_found(self, service: Service, method: str, path: str) -> None:
        assert_problem(service.request(method, path), 404, "not_found")

    @pytest.mark.parametrize("path", INEXACT)
    def test_similar_path_is_not_found(self, service: Service, anyone: Session, path: str) -> None:
        assert_problem(service.get(path, headers=anyone.headers), 404, "not_found")

    @pytest.mark.parametrize("path", UNTIDY)
    def test_untidy_path_is_not_found(self, service: Service, anyone: Session, path: str) -> None:
        response = exchange(service, "GET", path, anyone.headers)
        assert_problem(response, 404, "not_found")

    @pytest.mark.parametrize("path", ESCAPED, ids=lambda path: path.replace(SOME_ID[-12:], "ID"))
    @pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
    def test_needlessly_escaped_path_is_not_found(
        self, service: Service, anyone: Session, method: str, path: str
    ) -> None:
        response = exchange(service, method, path, anyone.headers)
        assert response.status_code == 404
        if method != "HEAD":
            assert_problem(response, 404, "not_found")

    @pytest.mark.parametrize("path", ["/metrics#", "/metrics#x", "/metrics\\", "/x\\..\\metrics"])
    def test_path_that_proxies_read_otherwise_is_refused(self, service: Service, path: str) -> None:
        assert exchange(service, "GET", path, {}).status_code in {400, 404}

    def test_posting_with_slash_creates_nothing(self, service: Service, session: Session) -> None:
        response = service.post("/api/v1/items/", json={"title": "x"}, headers=session.headers)
        assert_problem(response, 404, "not_found")
        assert service.get("/api/v1/items", headers=session.headers).json()["items"] == []


class TestWrongMethod:
    @pytest.mark.parametrize("path", METHODS, ids=lambda path: path.replace(SOME_ID, "ID"))
    def test_allow_lists_every_method(self, service: Service, anyone: Session, path: str) -> None:
        response = service.request("PUT", path, json={}, headers=anyone.headers)
        assert_method_refused(response, METHODS[path])

    @pytest.mark.local_accounts
    @pytest.mark.parametrize("path", LOCAL_METHODS)
    def test_allow_lists_account_methods(
        self, service: Service, anyone: Session, path: str
    ) -> None:
        response = service.request("DELETE", path, headers=anyone.headers)
        assert_method_refused(response, LOCAL_METHODS[path])

    def test_post_to_an_item(self, service: Service, anyone: Session) -> None:
        path = f"/api/v1/items/{SOME_ID}"
        response = service.post(path, json={}, headers=anyone.headers)
        assert_method_refused(response, METHODS[path])


class TestHead:
    @pytest.mark.parametrize("path", [p for p, methods in METHODS.items() if SOME_ID not in p])
    def test_answers_as_get_without_body(
        self, service: Service, anyone: Session, path: str
    ) -> None:
        response = service.request("HEAD", path, headers=anyone.headers)
        assert response.status_code in {200, 405}
        assert response.content == b""
        assert_standard_headers(response)

    def test_item_answers_as_get(self, service: Service, session: Session) -> None:
        path = f"/api/v1/items/{create(service, session)['id']}"
        response = service.request("HEAD", path, headers=session.headers)
        assert response.status_code in {200, 405}

    def test_unknown_route_is_not_found(self, service: Service) -> None:
        response = service.request("HEAD", "/nothing")
        assert (response.status_code, response.content) == (404, b"")
