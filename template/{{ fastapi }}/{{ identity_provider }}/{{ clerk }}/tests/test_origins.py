import pytest
from httpx2 import AsyncClient
from pydantic import ValidationError

from app.settings import problems_of
from tests.conftest import Serve
from tests.identity import headers_of
from tests.service import settings_of


@pytest.mark.parametrize(
    "origins", ["app.example.com", "https://app.example.com/", "https://a.example,*", "null"]
)
def test_only_exact_origins_are_taken(origins: str) -> None:
    with pytest.raises(ValidationError) as refused:
        settings_of(oidc_audience=origins)
    assert problems_of(refused.value) == [
        "OIDC_AUDIENCE: must be a list of origins such as https://app.example.com"
    ]


async def test_each_origin_may_call(client: AsyncClient, serve: Serve) -> None:
    headers = headers_of(azp="http://localhost:3000")
    assert (await client.get("/api/v1/items", headers=headers)).status_code == 401
    async with serve(oidc_audience="https://app.example.com, http://localhost:3000") as both:
        assert (await both.get("/api/v1/items", headers=headers)).status_code == 200
