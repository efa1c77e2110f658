from httpx2 import AsyncClient

from tests.conftest import Serve
from tests.identity import headers_of


async def test_each_app_client_may_call(client: AsyncClient, serve: Serve) -> None:
    headers = headers_of(client_id="1mobile23456789")
    assert (await client.get("/api/v1/items", headers=headers)).status_code == 401
    async with serve(oidc_audience="1example23456789,1mobile23456789") as both:
        assert (await both.get("/api/v1/items", headers=headers)).status_code == 200
