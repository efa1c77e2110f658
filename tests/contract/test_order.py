"""§4: which refusal comes first, when a request deserves several."""

from __future__ import annotations

from http.client import HTTPException

import pytest

from .accounts import Session
from .checks import assert_problem
from .raw import connect, exchange, head, read_answer, send
from .service import Service
from .test_authentication import AN_ITEM
from .test_items import ITEMS
from .test_rate_limits import new_client, until_refused, wait_for_a_fresh_minute

TOO_LARGE = {"Content-Type": "application/json", "Content-Length": str(10**9)}
# Each of them is wrong in all that stands after it, too.
WITH_A_BODY = {
    "of-another-type": ({"Content-Type": "text/plain"}, b"{"),
    "without-a-type": ({}, b"{"),
    "encoded": ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, b"\x1f\x8b"),
    "malformed": ({"Content-Type": "application/json"}, b"{"),
    "invalid": ({"Content-Type": "application/json"}, b'{"titel": 5}'),
    "array": ({"Content-Type": "application/json"}, b"[]"),
    "empty": ({"Content-Type": "application/json"}, b""),
}
SIGNED_IN = [
    ("POST", ITEMS),
    ("PATCH", AN_ITEM),
    ("PATCH", f"{ITEMS}/no-uuid"),
    pytest.param("POST", "/api/v1/auth/password", marks=pytest.mark.local_accounts),
]


class TestRateLimit:
    def test_comes_first(self, proxied: Service) -> None:
        wait_for_a_fresh_minute()
        client = new_client()
        until_refused(lambda: proxied.get(ITEMS, headers=client), 8)
        for method, path, headers in (
            ("POST", ITEMS, TOO_LARGE),
            ("GET", "/api/nothing", {}),
            ("PUT", ITEMS, {}),
            ("GET", ITEMS, {"Authorization": "Bearer x"}),
        ):
            response = exchange(proxied, method, path, client | headers)
            assert_problem(response, 429, "rate_limited")


class TestAnnouncedSize:
    @pytest.mark.parametrize("path", [ITEMS, "/api/nothing", "/nothing", "/health/live"])
    def test_comes_before_route_and_caller(self, service: Service, path: str) -> None:
        response = exchange(service, "POST", path, TOO_LARGE)
        assert_problem(response, 413, "body_too_large")


class TestRoute:
    @pytest.mark.parametrize("body", WITH_A_BODY.values(), ids=WITH_A_BODY)
    def test_comes_before_caller_and_body(
        self, service: Service, body: tuple[dict[str, str], bytes]
    ) -> None:
        headers, content = body
        for path in ("/api/nothing", "/nothing"):
            response = service.post(path, headers=headers, content=content)
            assert_problem(response, 404, "not_found")
        response = service.request("PUT", ITEMS, headers=headers, content=content)
        assert_problem(response, 405, "method_not_allowed")


class TestCaller:
    @pytest.mark.parametrize("body", WITH_A_BODY.values(), ids=WITH_A_BODY)
    @pytest.mark.parametrize(("method", "path"), SIGNED_IN)
    def test_comes_before_the_body(
        self, service: Service, method: str, path: str, body: tuple[dict[str, str], bytes]
    ) -> None:
        headers, content = body
        response = service.request(method, path, headers=headers, content=content)
        assert_problem(response, 401, "unauthenticated")
        signed = headers | {"Authorization": "Bearer e30.e30.e30"}
        response = service.request(method, path, headers=signed, content=content)
        assert_problem(response, 401, "invalid_token")

    @pytest.mark.parametrize("path", [f"{ITEMS}/no-uuid", f"{ITEMS}?limit=0&cursor=x"])
    def test_comes_before_path_and_query(self, service: Service, path: str) -> None:
        assert_problem(service.get(path), 401, "unauthenticated")

    @pytest.mark.local_accounts
    def test_role_comes_before_the_query(self, service: Service, anyone: Session) -> None:
        response = service.get("/api/v1/users?limit=0", headers=anyone.headers)
        assert_problem(response, 403, "forbidden")

    @pytest.mark.parametrize(("method", "path"), SIGNED_IN)
    @pytest.mark.parametrize(
        "size", [{"Content-Length": "1000"}, {"Transfer-Encoding": "chunked"}], ids=str
    )
    def test_is_refused_before_the_body_is_read(
        self, service: Service, method: str, path: str, size: dict[str, str]
    ) -> None:
        headers = {"Content-Type": "application/json"} | size
        with connect(service, seconds=5) as connection:
            send(connection, head(service, method, path, headers))
            response = read_answer(connection, service, method=method, target=path)
        assert_problem(response, 401, "unauthenticated")

    def test_connection_lives_on_after_the_rest(self, service: Service, anyone: Session) -> None:
        """The rest of a body is no part of the next request: it is read, or the connection ends."""
        headers = {"Content-Type": "application/json", "Content-Length": "1000"}
        hidden = head(service, "GET", "/hidden", {}).ljust(1000)
        with connect(service) as connection:
            send(connection, head(service, "POST", ITEMS, headers))
            response = read_answer(connection, service, method="POST", target=ITEMS)
            assert_problem(response, 401, "unauthenticated")
            send(connection, hidden)
            send(connection, head(service, "GET", ITEMS, anyone.headers))
            try:
                response = read_answer(connection, service, method="GET", target=ITEMS)
            except (HTTPException, ConnectionError):
                return  # ended
            assert response.status_code == 200


class TestBody:
    def test_media_type_comes_before_json(self, service: Service, anyone: Session) -> None:
        for name in ("of-another-type", "without-a-type", "encoded"):
            headers, content = WITH_A_BODY[name]
            response = service.post(ITEMS, headers=anyone.headers | headers, content=content)
            assert_problem(response, 415, "unsupported_media_type")

    def test_media_type_comes_before_the_identifier(
        self, service: Service, anyone: Session
    ) -> None:
        headers = anyone.headers | {"Content-Type": "text/plain"}
        response = service.patch(f"{ITEMS}/no-uuid", headers=headers, content=b"{}")
        assert_problem(response, 415, "unsupported_media_type")

    def test_json_comes_before_the_identifier(self, service: Service, anyone: Session) -> None:
        headers = anyone.headers | {"Content-Type": "application/json"}
        response = service.patch(f"{ITEMS}/no-uuid", headers=headers, content=b"{")
        assert_problem(response, 400, "malformed_json")
