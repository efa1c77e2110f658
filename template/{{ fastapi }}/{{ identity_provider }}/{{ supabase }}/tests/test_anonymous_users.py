from httpx2 import AsyncClient

from tests.conftest import Serve
from tests.identity import headers_of

ME = "/api/v1/users/me"


async def test_setting_lets_anonymous_users_in(client: AsyncClient, serve: Serve) -> None:
    headers = headers_of(is_anonymous=True)
    assert (await client.get(ME, headers=headers)).status_code == 401
    async with serve(oidc_allow_anonymous="true") as open_service:
        assert (await open_service.get(ME, headers=headers)).status_code == 200
