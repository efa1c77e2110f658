"""§7: headers and request ids of every kind of response."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from http.client import HTTPException

import httpx
import pytest

from .accounts import Session
from .checks import assert_problem, assert_standard_headers
from .conftest import ALLOWED_ORIGIN
from .raw import exchange
from .service import Service
from .target import Target
from .test_items import ITEMS

KINDS: dict[str, Callable[[Service, Session], httpx.Response]] = {
    "200": lambda service, user: service.get(ITEMS, headers=user.headers),
    "201": lambda service, user: service.post(ITEMS, json={"title": "x"}, headers=user.headers),
    "400": lambda service, user: service.post(
        ITEMS, content=b"{", headers=user.headers | {"Content-Type": "application/json"}
    ),
    "401": lambda service, _: service.get(ITEMS),
    "404": lambda service, _: service.get("/nothing"),
    "404-api": lambda service, _: service.get("/api/nothing"),
    "405": lambda service, _: service.request("PUT", ITEMS),
    "413": lambda service, user: service.post(
        ITEMS,
        content=b" " * (2**20 + 1),
        headers=user.headers | {"Content-Type": "application/json"},
    ),
    "415": lambda service, user: service.post(ITEMS, data={"title": "x"}, headers=user.headers),
    "422": lambda service, user: service.post(ITEMS, json={}, headers=user.headers),
    "health": lambda service, _: service.get("/health/live"),
    "metrics": lambda service, _: service.get("/metrics"),
    "docs": lambda service, _: service.get("/docs"),
    "openapi": lambda service, _: service.get("/openapi.json"),
    "preflight": lambda service, _: service.request(
        "OPTIONS",
        ITEMS,
        headers={"Origin": ALLOWED_ORIGIN, "Access-Control-Request-Method": "POST"},
    ),
    "foreign-preflight": lambda service, _: service.request(
        "OPTIONS",
        ITEMS,
        headers={"Origin": "https://foreign.example", "Access-Control-Request-Method": "POST"},
    ),
    "options": lambda service, _: service.request("OPTIONS", ITEMS),
    "unknown-method": lambda service, _: service.request("PROPFIND", ITEMS),
}
REPLACED = {
    "65-characters": "x" * 65,
    "empty": "",
    "space": "two words",
    "slash": "a/b",
    "colon": "a:b",
    "comma": "a,b",
    "escape": "%0d%0aSet-Cookie: a=b",
    "markup": "<script>",
    "not-ascii": "\xe9\xe9",
    "tab": "a\tb",
    "quote": '"a"',
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_response_has_the_headers(service: Service, session: Session, kind: str) -> None:
    assert_standard_headers(KINDS[kind](service, session))


@pytest.mark.parametrize("kind", KINDS)
def test_every_response_repeats_the_request_id(
    service: Service, session: Session, kind: str
) -> None:
    service.http.headers["X-Request-ID"] = wanted = f"id-{uuid.uuid4()}"
    try:
        response = KINDS[kind](service, session)
    finally:
        del service.http.headers["X-Request-ID"]
    assert response.headers.get_list("X-Request-ID") == [wanted]


class TestRequestId:
    @pytest.mark.parametrize("sent", ["x", "A.b_c-9", "x" * 64, "-", "..."])
    def test_well_formed_one_is_kept(self, service: Service, sent: str) -> None:
        response = service.get("/nothing", headers={"X-Request-ID": sent})
        assert response.headers["X-Request-ID"] == sent
        assert assert_problem(response, 404, "not_found")["request_id"] == sent

    @pytest.mark.parametrize("sent", REPLACED.values(), ids=REPLACED)
    def test_other_one_becomes_a_uuid(self, service: Service, sent: str) -> None:
        response = exchange(service, "GET", "/nothing", {"X-Request-ID": sent})
        assert uuid.UUID(assert_problem(response, 404, "not_found")["request_id"])

    def test_missing_one_becomes_a_new_uuid(self, service: Service) -> None:
        found = {service.get("/health/live").headers["X-Request-ID"] for _ in range(3)}
        assert len({uuid.UUID(request_id) for request_id in found}) == 3

    @pytest.mark.parametrize(
        "value",
        ["a\r\n Injected: yes", "a\rInjected: yes", "a\nInjected: yes", "a\x00b"],
        ids=ascii,
    )
    def test_line_breaks_inject_nothing(self, service: Service, value: str) -> None:
        try:
            response = exchange(service, "GET", "/health/live", {"X-Request-ID": value})
        except (HTTPException, ConnectionError):
            return  # the parser hung up
        assert "Injected" not in response.headers
        assert "\n" not in response.headers.get("X-Request-ID", "")

    def test_line_breaks_in_urls_inject_nothing(self, service: Service, anyone: Session) -> None:
        for path in ("/%0d%0aInjected:%20yes", f"{ITEMS}?cursor=%0d%0aInjected:%20yes"):
            response = exchange(service, "GET", path, anyone.headers)
            assert response.status_code in {404, 422}
            assert "Injected" not in response.headers


class TestDocs:
    def test_page_may_load_what_it_needs(self, service: Service) -> None:
        response = service.get("/docs")
        assert response.status_code == 200
        assert response.headers["Content-Type"].startswith("text/html")
        policy = response.headers["Content-Security-Policy"]
        assert re.search(r"script-src[^;]+", policy), policy
        assert "unsafe-eval" not in policy


@pytest.fixture(scope="module")
def development(target: Target) -> Iterator[Service]:
    """A service with settings that are comfortable here and refused in production."""
    settings = {"AUTH_SECRET_KEY": None} if target.auth == "local" else {}
    with Service(target, APP_ENV="development", CORS_ORIGINS="*", **settings) as running:
        yield running


def test_other_hosts_may_be_included(target: Target) -> None:
    with Service(target, HSTS_INCLUDE_SUBDOMAINS="true", HOST="::") as service:
        response = service.get("/health/live")
        found = response.headers["Strict-Transport-Security"]
        assert found == "max-age=31536000; includeSubDomains"
        # All addresses of this machine, whatever the operating system makes of `::`.
        url = f"http://[::1]:{service.port}/health/live"
        assert httpx.get(url, trust_env=False).status_code == 200


class TestDevelopment:
    def test_sends_no_transport_security(self, development: Service) -> None:
        response = development.get("/health/live")
        assert "Strict-Transport-Security" not in response.headers

    def test_offers_its_documentation(self, development: Service) -> None:
        assert development.get("/docs").status_code == 200
        assert development.get("/openapi.json").status_code == 200

    def test_may_allow_every_origin(self, development: Service) -> None:
        headers = {"Origin": "https://anywhere.example"}
        response = development.get("/health/live", headers=headers)
        assert response.headers["Access-Control-Allow-Origin"] in {"*", headers["Origin"]}

    def test_logs_for_people(self, development: Service) -> None:
        request_id = f"id-{uuid.uuid4()}"
        development.get("/nothing", headers={"X-Request-ID": request_id})
        assert development.log(request_id=request_id) == []
