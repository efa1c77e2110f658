import pytest
from httpx2 import AsyncClient

from app.types import WHITE_SPACE
from tests.checks import assert_invalid

ITEMS = "/api/v1/items"


@pytest.mark.parametrize(
    "title", ["", " ", WHITE_SPACE, "x" * 201, "a\nb", "a\tb", "a\x7fb", "a\x85b", "a\0b", 1, None]
)
async def test_bad_title_is_refused(
    client: AsyncClient, headers: dict[str, str], title: object
) -> None:
    response = await client.post(ITEMS, json={"title": title}, headers=headers)
    assert_invalid(response, pointer="/title")


@pytest.mark.parametrize("description", ["x" * 2001, "a\rb", "a\0b", "a\x1bb", "a\x9bb", 1, []])
async def test_bad_description_is_refused(
    client: AsyncClient, headers: dict[str, str], description: object
) -> None:
    body = {"title": "Tea", "description": description}
    response = await client.post(ITEMS, json=body, headers=headers)
    assert_invalid(response, pointer="/description")


@pytest.mark.parametrize("title", ["x", "x" * 200, "🍵" * 200, "e\u0301\u200b", "'; DROP TABLE--"])
async def test_good_title_is_kept(client: AsyncClient, headers: dict[str, str], title: str) -> None:
    response = await client.post(ITEMS, json={"title": title}, headers=headers)
    assert response.json()["title"] == title


async def test_title_is_trimmed_before_counting(
    client: AsyncClient, headers: dict[str, str]
) -> None:
    title = f"{WHITE_SPACE}{'x' * 200}{WHITE_SPACE}"
    response = await client.post(ITEMS, json={"title": title}, headers=headers)
    assert response.json()["title"] == "x" * 200


@pytest.mark.parametrize("description", [None, "", " a\tb\nc ", "🍵" * 2000])
async def test_good_description_is_kept(
    client: AsyncClient, headers: dict[str, str], description: str | None
) -> None:
    body = {"title": "Tea", "description": description}
    response = await client.post(ITEMS, json=body, headers=headers)
    assert response.json()["description"] == description
