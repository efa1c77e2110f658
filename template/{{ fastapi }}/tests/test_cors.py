from httpx2 import AsyncClient

from tests.checks import assert_problem
from tests.conftest import Serve

ORIGIN = "https://app.example"
ALLOWED = "Access-Control-Allow-Origin"
PREFLIGHT = {
    "Access-Control-Request-Method": "PATCH",
    "Access-Control-Request-Headers": "authorization, content-type",
}


async def test_no_origin_is_allowed_by_default(client: AsyncClient) -> None:
    response = await client.get("/health/live", headers={"Origin": ORIGIN})
    assert ALLOWED not in response.headers
    preflight = await client.options("/api/v1/items", headers={"Origin": ORIGIN, **PREFLIGHT})
    assert_problem(preflight, 405, "method_not_allowed")


async def test_foreign_origin_gets_no_permission(serve: Serve) -> None:
    async with serve(cors_origins=ORIGIN) as client:
        for origin in ("https://evil.example", "http://app.example", f"{ORIGIN}.evil", "null"):
            response = await client.get("/health/live", headers={"Origin": origin})
            assert ALLOWED not in response.headers
            headers = {"Origin": origin, **PREFLIGHT}
            preflight = await client.options("/api/v1/items", headers=headers)
            assert ALLOWED not in preflight.headers
            assert (preflight.status_code, preflight.content) == (204, b"")


async def test_configured_origin_may_call(serve: Serve) -> None:
    async with serve(cors_origins=f"https://other.example,{ORIGIN}") as client:
        preflight = await client.options("/api/v1/items", headers={"Origin": ORIGIN, **PREFLIGHT})
    assert (preflight.status_code, preflight.headers[ALLOWED]) == (204, ORIGIN)
    assert "PATCH" in preflight.headers["Access-Control-Allow-Methods"]
    assert "authorization" in preflight.headers["Access-Control-Allow-Headers"].lower()
    assert "Access-Control-Allow-Credentials" not in preflight.headers


async def test_errors_can_be_read_by_browsers(serve: Serve) -> None:
    async with serve(cors_origins=ORIGIN) as client:
        response = await client.get("/api/v1/items", headers={"Origin": ORIGIN})
    assert_problem(response, 401, "unauthenticated")
    assert response.headers[ALLOWED] == ORIGIN
    assert "Origin" in response.headers["Vary"]
    assert "X-Request-ID" in response.headers["Access-Control-Expose-Headers"]
