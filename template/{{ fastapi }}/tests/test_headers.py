from uuid import UUID

import pytest
from httpx2 import AsyncClient

from tests.conftest import Serve

SECURE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
PATHS = ["/health/live", "/metrics", "/nothing", "/openapi.json", "/api/v1/items", "/api/nothing"]


@pytest.mark.parametrize("path", PATHS)
async def test_every_answer_is_secured(client: AsyncClient, path: str) -> None:
    response = await client.get(path)
    assert {name: response.headers.get(name) for name in SECURE} == SECURE
    assert "Server" not in response.headers
    assert "X-Powered-By" not in response.headers


@pytest.mark.parametrize("path", PATHS)
async def test_only_the_api_forbids_storing(client: AsyncClient, path: str) -> None:
    stored = (await client.get(path)).headers.get("Cache-Control")
    assert stored == ("no-store" if path.startswith("/api/") else None)


async def test_https_is_pinned_in_production(client: AsyncClient, serve: Serve) -> None:
    assert "Strict-Transport-Security" not in (await client.get("/health/live")).headers
    for subdomains, value in (("false", ""), ("true", "; includeSubDomains")):
        changes = {"app_env": "production", "hsts_include_subdomains": subdomains}
        async with serve(**changes) as production:
            response = await production.get("/health/live")
        assert response.headers["Strict-Transport-Security"] == f"max-age=31536000{value}"


@pytest.mark.parametrize("request_id", ["a", "A-z_0.9", "x" * 64])
async def test_good_request_id_is_kept(client: AsyncClient, request_id: str) -> None:
    response = await client.get("/nothing", headers={"X-Request-ID": request_id})
    assert response.headers.get_list("X-Request-ID") == [request_id]


@pytest.mark.parametrize("request_id", [None, "", "x" * 65, "a b", "a\tb", "a,b", '{"a":1}', "é"])
async def test_bad_request_id_is_replaced(client: AsyncClient, request_id: str | None) -> None:
    headers = {b"X-Request-ID": request_id.encode()} if request_id is not None else {}
    answers = [await client.get("/health/live", headers=headers) for _ in range(2)]
    ids = {UUID(answer.headers["X-Request-ID"]) for answer in answers}
    assert len(ids) == 2
