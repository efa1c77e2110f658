import pytest
from httpx2 import Response
from structlog.testing import capture_logs

from app.main import create_app
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
    [("10.0.0.2", 404), ("2001:db8:0:1::2", 429), ("2001:db8:0:2::1", 404)],
)
async def test_each_network_has_its_budget(other: str, status: int) -> None:
    first = "2001:db8:0:1::1" if ":" in other else "10.0.0.1"
    *_, answer = await ask(first, first, other)
    assert answer.status_code == status


async def test_unreachable_storage_lets_requests_pass() -> None:
    with capture_logs() as logs:
        answers = await ask(
            *["10.0.0.1"] * 3, rate_limit_storage_url="redis://:hunter2@127.0.0.1:1"
        )
    assert {answer.status_code for answer in answers} == {404}
    assert "rate limit storage unavailable" in [line["event"] for line in logs]
    assert "hunter2" not in str(logs)


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
