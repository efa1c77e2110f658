"""§1, §4, §7: rate limits. Behind a trusted proxy each test is another client."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

import httpx
import pytest

from .accounts import fresh_email, fresh_password, open_account
from .checks import assert_problem
from .service import Service
from .target import Target
from .test_items import ITEMS

LOGIN = "/api/v1/auth/login"


def new_client() -> dict[str, str]:
    """Return the header of a client that the service has not seen."""
    return {"X-Forwarded-For": f"10.{'.'.join(str(secrets.randbelow(256)) for _ in range(3))}"}


def wait_for_a_fresh_minute(seconds: float = 4) -> None:
    """Wait for the next minute, unless there are so many seconds left of this one."""
    # A fixed window that ends in the middle of a test would let twice as many pass.
    if time.time() % 60 > 60 - seconds:
        time.sleep(60.2 - time.time() % 60)


def until_refused(send: Callable[[], httpx.Response], most: int) -> int:
    """Return how many requests passed before the first refusal."""
    for passed in range(most + 1):
        response = send()
        if response.status_code == 429:
            assert_limited(response)
            return passed
    raise AssertionError(f"{most + 1} requests passed")


def assert_limited(response: httpx.Response) -> None:
    assert_problem(response, 429, "rate_limited")
    assert 0 <= int(response.headers["Retry-After"]) <= 60
    names = {name.lower() for name in response.headers}
    assert names & {"ratelimit", "x-ratelimit-limit"}, names


def log_in_wrongly(service: Service, headers: dict[str, str]) -> httpx.Response:
    body = {"email": fresh_email(), "password": fresh_password()}
    return service.post(LOGIN, json=body, headers=headers)


class TestDefaultLimit:
    @pytest.mark.parametrize("path", [ITEMS, "/api/v1/users/me", "/api/nothing", "/api/v1/x/y"])
    def test_counts_everything_below_api(self, proxied: Service, path: str) -> None:
        wait_for_a_fresh_minute()
        client = new_client()
        assert until_refused(lambda: proxied.get(path, headers=client), 8) == 8

    def test_is_shared_by_all_paths(self, proxied: Service) -> None:
        wait_for_a_fresh_minute()
        client = new_client()
        for n in range(8):
            assert proxied.get(f"/api/v1/{n}", headers=client).status_code == 404
        assert_limited(proxied.get(ITEMS, headers=client))

    def test_spares_health_and_metrics(self, proxied: Service) -> None:
        wait_for_a_fresh_minute()
        client = new_client()
        until_refused(lambda: proxied.get(ITEMS, headers=client), 8)
        for path in ("/health/live", "/health/ready", "/metrics"):
            answers = {proxied.get(path, headers=client).status_code for _ in range(10)}
            assert answers == {200}
        assert_limited(proxied.get(ITEMS, headers=client))

    def test_is_an_event_in_the_log(self, proxied: Service) -> None:
        wait_for_a_fresh_minute()
        client = new_client()
        until_refused(lambda: proxied.get(ITEMS, headers=client), 8)
        request_id = f"id-{secrets.token_hex(8)}"
        proxied.get(ITEMS, headers=client | {"X-Request-ID": request_id})
        proxied.wait_for_log(event="rate_limited", request_id=request_id)


class TestAddress:
    """One budget for what one client can choose among, and no client shares that of another."""

    @pytest.mark.parametrize(
        "pattern", ["::ffff:{}.{}.{}.{}", "::FFFF:{:02x}{:02x}:{:02x}{:02x}", "10.{1}.{2}.{3}"]
    )
    def test_each_ipv4_client_has_its_own(self, proxied: Service, pattern: str) -> None:
        wait_for_a_fresh_minute()
        start = 10, secrets.randbelow(256), secrets.randbelow(256)
        clients = [pattern.format(*start, n) for n in range(12)]
        answers = [proxied.get(ITEMS, headers={"X-Forwarded-For": c}).status_code for c in clients]
        assert set(answers) == {401}

    def test_spellings_of_an_ipv4_address_are_one(self, proxied: Service) -> None:
        wait_for_a_fresh_minute()
        numbers = [11, *(secrets.randbelow(256) for _ in range(3))]
        plain = ".".join(map(str, numbers))
        high, low = numbers[0] << 8 | numbers[1], numbers[2] << 8 | numbers[3]
        spellings = [
            plain,
            f"::ffff:{plain}",
            f"::ffff:{high:x}:{low:x}",
            f"0:0:0:0:0:ffff:{plain}",
        ]
        for n in range(8):
            client = {"X-Forwarded-For": spellings[n % 4]}
            assert proxied.get(ITEMS, headers=client).status_code == 401
        for spelling in spellings:
            assert_limited(proxied.get(ITEMS, headers={"X-Forwarded-For": spelling}))

    def test_network_of_an_ipv6_client_is_one(self, proxied: Service) -> None:
        wait_for_a_fresh_minute()
        network = f"2001:db8:{secrets.randbelow(65536):x}:{secrets.randbelow(65536):x}"
        hosts = iter(range(1, 100))

        def next_host() -> httpx.Response:
            return proxied.get(ITEMS, headers={"X-Forwarded-For": f"{network}::{next(hosts):x}"})

        assert until_refused(next_host, 8) == 8
        other = {"X-Forwarded-For": f"2001:db8:{secrets.randbelow(65536):x}:abcd::1"}
        assert proxied.get(ITEMS, headers=other).status_code == 401


@pytest.mark.local_accounts
class TestAuthLimit:
    def test_bounds_logins(self, proxied: Service) -> None:
        wait_for_a_fresh_minute()
        client = new_client()
        assert until_refused(lambda: log_in_wrongly(proxied, client), 3) == 3

    @pytest.mark.parametrize("route", ["register", "password"])
    def test_bounds_other_password_routes(self, proxied: Service, route: str) -> None:
        account = open_account(proxied, headers=new_client())
        wait_for_a_fresh_minute()
        headers = account.headers | new_client()
        path = f"/api/v1/auth/{route}"
        assert until_refused(lambda: proxied.post(path, json={}, headers=headers), 3) == 3

    @pytest.mark.parametrize("route", ["refresh", "logout"])
    def test_spares_token_routes(self, proxied: Service, route: str) -> None:
        wait_for_a_fresh_minute()
        client, body = new_client(), {"refresh_token": secrets.token_urlsafe(32)}
        for _ in range(8):
            response = proxied.post(f"/api/v1/auth/{route}", json=body, headers=client)
            assert response.status_code in {401, 204}

    def test_counts_against_the_default_as_well(self, proxied: Service) -> None:
        wait_for_a_fresh_minute()
        client = new_client()
        for _ in range(3):
            log_in_wrongly(proxied, client)
        assert until_refused(lambda: proxied.get(ITEMS, headers=client), 5) == 5


class TestDefaults:
    def test_bound_each_client(self, target: Target) -> None:
        settings = {"RATE_LIMIT_DEFAULT": None, "RATE_LIMIT_AUTH": None}
        with Service(target, LOG_LEVEL="warning", **settings) as service:
            wait_for_a_fresh_minute(15)
            passed = 0
            if target.auth == "local":
                assert until_refused(lambda: service.post(LOGIN, json={}), 10) == 10
                passed = 11  # the refused one counts for the other limit
            assert until_refused(lambda: service.get(ITEMS), 300) == 300 - passed


class TestSpelling:
    @pytest.mark.parametrize("rate", ["4 / 2 MINUTES", "4 per Minute", "4/3 hours", "4 per 2 days"])
    def test_of_a_rate_is_free(self, target: Target, rate: str) -> None:
        with Service(target, RATE_LIMIT_DEFAULT=rate, RATE_LIMIT_AUTH="off") as service:
            wait_for_a_fresh_minute()
            for _ in range(4):
                assert service.get(ITEMS).status_code == 401
            assert_problem(service.get(ITEMS), 429, "rate_limited")


class TestUntrustedClient:
    def test_forwarded_address_is_ignored(self, target: Target) -> None:
        with Service(
            target, RATE_LIMIT_DEFAULT="4/minute", METRICS_ENABLED="false", LOG_LEVEL="warning"
        ) as service:
            wait_for_a_fresh_minute()
            assert until_refused(lambda: service.get(ITEMS, headers=new_client()), 4) == 4
            spoofed = (
                new_client(),
                {"X-Forwarded-For": "127.0.0.1"},
                {"X-Real-IP": "10.1.2.3"},
                {"Forwarded": "for=10.1.2.3"},
                {"CF-Connecting-IP": "10.1.2.3"},
                {"True-Client-IP": "10.1.2.3"},
            )
            for headers in spoofed:
                assert_limited(service.get(ITEMS, headers=headers))
            assert service.get("/health/live").status_code == 200
            # This service also has what can be switched off switched off.
            for path in ("/metrics", "/docs", "/openapi.json"):
                assert_problem(service.get(path), 404, "not_found")

    @pytest.mark.local_accounts
    def test_limits_can_be_off_singly(self, target: Target) -> None:
        with Service(target, RATE_LIMIT_AUTH="2/minute") as service:
            wait_for_a_fresh_minute()
            for _ in range(10):
                assert service.get(ITEMS).status_code == 401
            client: dict[str, str] = {}
            assert until_refused(lambda: log_in_wrongly(service, client), 2) == 2
            assert service.get(ITEMS).status_code == 401
