"""Whatever a client sends is a value: no operator of the query language gets into a filter."""

from typing import Any
from urllib.parse import quote

import pytest
from httpx2 import AsyncClient

from tests.checks import assert_problem
from tests.queries import recorded_commands

ITEMS = "/api/v1/items"
OPERATORS: list[Any] = [{"$gt": ""}, {"$ne": None}, {"$where": "sleep(1000)"}, [{"$gt": ""}]]
TEXTS = ["$where", '{"$gt": ""}', "$title", "title.$[]", "$$ROOT"]


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("value", OPERATORS)
@pytest.mark.parametrize("field", ["title", "description", "$set", "owner_id"])
async def test_operator_in_a_body_is_refused(
    client: AsyncClient, headers: dict[str, str], field: str, value: object
) -> None:
    body = {"title": "Tea", field: value}
    with recorded_commands() as commands:
        answer = await client.post(ITEMS, json=body, headers=headers)
    assert_problem(answer, 422, "invalid_request")
    assert commands == []


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("query", ["limit[$gt]=1", "cursor[$ne]=x", "$where=sleep(1000)"])
async def test_operator_in_a_query_string_reaches_nothing(
    client: AsyncClient, headers: dict[str, str], query: str
) -> None:
    with recorded_commands() as commands:
        answer = await client.get(f"{ITEMS}?{query}", headers=headers)
    assert answer.status_code == 200
    [command] = commands
    assert command["filter"].keys() == {"owner_id"}


@pytest.mark.parametrize("text", TEXTS)
async def test_operator_in_a_path_is_no_id(
    client: AsyncClient, headers: dict[str, str], text: str
) -> None:
    answer = await client.get(f"{ITEMS}/{quote(text, safe='')}", headers=headers)
    assert answer.status_code == 422


@pytest.mark.parametrize("text", TEXTS)
async def test_operator_in_a_text_is_a_text(
    client: AsyncClient, headers: dict[str, str], text: str
) -> None:
    created = await client.post(ITEMS, json={"title": "Tea"}, headers=headers)
    path = created.headers["Location"]
    change = {"title": text, "description": text}
    changed = (await client.patch(path, json=change, headers=headers)).json()
    assert (changed["title"], changed["description"]) == (text, text)
    assert (await client.get(path, headers=headers)).json() == changed
