import socket
import time

import pytest
from httpx2 import Response
from structlog.testing import capture_logs

from app.main import create_app
from app.problems import RateLimited
from app.rate_limits import RateLimiter, parse_rate, rule
from tests.checks import assert_problem
from tests.conftest import Serve
from tests.service import client_of, settings_of

LIMITED = "/api/nothing"


async def ask(*clients: str, path: str = LIMITED, **settings: str) -> list[Response]:
    """Return what one service answers to these client addresses, in turn."""
    app = create_app(settings_of(**{"rate_limit_default": "2/hour", **settings}))
    answers = []
    for address in clients:
        async with client_of(app, address=address) as client:
            answers.append(await client.get(path))
    return answers


async def test_third_of_two_requests_is_refused() -> None:
    with capture_logs() as logs:
        *_, last, refused = await ask("10.0.0.1", "10.0.0.1", "10.0.0.1")
    assert last.status_code == 404
    assert_problem(refused, 429, "rate_limited")
    assert 3590 < int(refused.headers["Retry-After"]) <= 3600
    assert refused.headers["RateLimit-Policy"] == '"default";q=2;w=3600'
    assert refused.headers["RateLimit"].startswith('"default";r=0;t=')
    [event] = [line for line in logs if line.get("_event") == "rate_limited"]
    assert event["client"] == "10.0.0.1"


async def test_only_the_api_is_limited(serve: Serve) -> None:
    async with serve(rate_limit_default="1/hour") as client:
        for path in ("/health/live", "/health/ready", "/metrics", "/docs", "/openapi.json"):
            answers = [await client.get(path) for _ in range(2)]
            assert [answer.status_code for answer in answers] == [200, 200]


async def test_limit_can_be_turned_off() -> None:
    answers = await ask(*["10.0.0.1"] * 4, rate_limit_default="off")
    assert {answer.status_code for answer in answers} == {404}


@pytest.mark.parametrize(
    ("other", "status"),
    [
        ("10.0.0.2", 404),
        ("::ffff:10.0.0.1", 429),
        ("::ffff:a00:1", 429),
        ("::ffff:10.0.0.2", 404),
        ("2001:db8:0:1::2", 429),
        ("2001:db8:0:2::1", 404),
    ],
)
async def test_each_network_has_its_budget(other: str, status: int) -> None:
    first = "2001:db8:0:1::1" if other.startswith("2001") else "10.0.0.1"
    *_, answer = await ask(first, first, other)
    assert answer.status_code == status


async def test_unreachable_storage_is_replaced_by_memory() -> None:
    with capture_logs() as logs:
        answers = await ask(
            *["10.0.0.1"] * 4, rate_limit_storage_url="redis://:hunter2@127.0.0.1:1"
        )
    assert [answer.status_code for answer in answers] == [404, 404, 429, 429]
    events = [line["event"] for line in logs]
    assert events.count("rate limit storage unavailable") == 1
    assert "hunter2" not in str(logs)


async def test_silent_storage_is_asked_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, capture_logs() as logs:
        port = silent.getsockname()[1]
        limiter = RateLimiter(rule("default", "3/hour", "/api"), f"redis://127.0.0.1:{port}")
        started = time.monotonic()
        for _ in range(3):
            await limiter.check("/api", "10.0.0.1")
        assert time.monotonic() - started < 1
        # After the pause one request tries again; the limit has been counted on all the time.
        monkeypatch.setattr(limiter, "_ask_again_at", 0.0)
        with pytest.raises(RateLimited):
            await limiter.check("/api", "10.0.0.1")
    assert [line["event"] for line in logs] == [
        "rate limit storage unavailable",
        "rate limit exceeded",
    ]


@pytest.mark.parametrize(
    ("text", "amount", "seconds"),
    [
        ("300/minute", 300, 60),
        ("5/2 hours", 5, 7200),
        ("1 per second", 1, 1),
        ("10 PER 3 Days", 10, 259_200),
        (" 7 / 1 minutes ", 7, 60),
    ],
)
def test_rate_is_read(text: str, amount: int, seconds: int) -> None:
    rate = parse_rate(text)
    assert rate is not None
    assert (rate.amount, rate.get_expiry()) == (amount, seconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "many",
        "10/second;300/minute",
        "10/second, 300/minute",
        "10/second 300/minute",
        "0/minute",
        "5/0 minutes",
        "-1/minute",
        "1.5/minute",
        "10/month",
        "10perminute",
        "9999999999/minute",
        "1/999999999 days",
    ],
)
def test_other_rates_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be off or one rate such as 300/minute"):
        parse_rate(text)


@pytest.mark.parametrize(
    ("trusted_proxies", "client"),
    [("", "127.0.0.1"), ("10.0.0.0/8", "127.0.0.1"), ("127.0.0.0/8", "203.0.113.9")],
)
async def test_only_trusted_proxies_are_believed(
    serve: Serve, trusted_proxies: str, client: str
) -> None:
    async with serve(trusted_proxies=trusted_proxies) as http:
        with capture_logs() as logs:
            await http.get(LIMITED, headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.9"})
    assert [line["client"] for line in logs] == [client]


async def test_proxies_may_write_ipv4_as_ipv6() -> None:
    app = create_app(settings_of(trusted_proxies="10.0.0.0/8"))
    forwarded = {"X-Forwarded-For": "::ffff:203.0.113.9, ::ffff:10.0.0.2"}
    with capture_logs() as logs:
        async with client_of(app, address="::ffff:10.0.0.1") as http:
            await http.get(LIMITED, headers=forwarded)
    assert [line["client"] for line in logs] == ["203.0.113.9"]
