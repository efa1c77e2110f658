import pytest
from httpx2 import AsyncClient

from app.database import Database
from tests.accounts import AUTH, EMAIL, PASSWORD, add_account
from tests.checks import assert_problem
from tests.queries import recorded_commands

OPERATORS = [{"$gt": ""}, {"$ne": None}, {"$regex": ".*"}, [EMAIL]]


@pytest.mark.parametrize("value", OPERATORS)
@pytest.mark.parametrize(
    ("route", "field"),
    [("login", "email"), ("login", "password"), ("refresh", "refresh_token")],
)
async def test_operator_in_credentials_is_refused(
    client: AsyncClient, database: Database, route: str, field: str, value: object
) -> None:
    await add_account(database)
    body = {"email": EMAIL, "password": PASSWORD} if route == "login" else {}
    with recorded_commands() as commands:
        answer = await client.post(f"{AUTH}/{route}", json={**body, field: value})
    assert_problem(answer, 422, "invalid_request")
    assert commands == []
