from httpx2 import AsyncClient
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from tests.checks import assert_problem
from tests.conftest import Serve

REQUESTS = "http_requests_total"


async def read(client: AsyncClient, name: str) -> list[Sample]:
    text = (await client.get("/metrics")).text
    families = text_string_to_metric_families(text)
    return [sample for family in families for sample in family.samples if sample.name == name]


async def requests_by_route(client: AsyncClient) -> dict[tuple[str, str, str], float]:
    return {
        (sample.labels["method"], sample.labels["route"], sample.labels["status"]): sample.value
        for sample in await read(client, REQUESTS)
    }


async def test_disabled_metrics_are_not_found(serve: Serve) -> None:
    async with serve(metrics_enabled="false") as client:
        assert_problem(await client.get("/metrics"), 404, "not_found")


async def test_unknown_paths_share_one_label(serve: Serve) -> None:
    async with serve() as client:
        for number in range(5):
            await client.get(f"/nothing/{number}")
        assert await requests_by_route(client) == {("GET", "unmatched", "404"): 5}


async def test_unknown_methods_share_one_label(serve: Serve) -> None:
    async with serve() as client:
        for method in ("BREW", "PROPFIND"):
            await client.request(method, "/health/live")
        assert await requests_by_route(client) == {("OTHER", "/health/live", "405"): 2}


async def test_requests_are_counted_by_template(serve: Serve, headers: dict[str, str]) -> None:
    async with serve() as client:
        for number in range(3):
            await client.get(f"/api/v1/items/{number}", headers=headers)
        await client.get("/health/live")
        assert await requests_by_route(client) == {
            ("GET", "/api/v1/items/{id}", "422"): 3,
            ("GET", "/health/live", "200"): 1,
        }
        durations = await read(client, "http_request_duration_seconds_count")
    assert {sample.labels["route"]: sample.value for sample in durations} == {
        "/api/v1/items/{id}": 3,
        "/health/live": 1,
        "/metrics": 1,
    }


async def test_requests_in_flight_are_counted(client: AsyncClient) -> None:
    [sample] = await read(client, "http_requests_in_flight")
    assert sample.value == 1, "the request for the metrics itself"


async def test_process_is_measured(client: AsyncClient) -> None:
    response = await client.get("/metrics")
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "process_resident_memory_bytes" in response.text
