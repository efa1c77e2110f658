import pytest

from tests.conftest import Serve
from tests.identity import headers_of
from tests.provider_tokens import ADMIN, NO_ADMINS

ME = "/api/v1/users/me"


@pytest.mark.parametrize("changes", [ADMIN, *NO_ADMINS, {"": "admin"}], ids=str)
async def test_nobody_is_an_admin_without_a_claim_to_look_at(
    serve: Serve, changes: dict[str, object]
) -> None:
    async with serve(oidc_roles_claim="") as client:
        response = await client.get(ME, headers=headers_of(**changes))
    assert response.json()["role"] == "user"
