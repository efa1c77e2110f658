from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from sqlalchemy import insert

from app.auth.subject import Role
from app.database import Database
from app.orm import new_id
from app.users.models import User
from tests.accounts import EMAIL, add_account, log_in
from tests.identity import headers_of_subject
from tests.queries import explain, recorded_queries


@pytest.fixture
async def _many_accounts(database: Database) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        {
            "id": new_id(),
            "email": f"user{number}@example.com",
            "password_hash": "x",
            "role": Role.USER,
            "created_at": start + timedelta(seconds=number),
        }
        for number in range(2_000)
    ]
    async with database.write() as session:
        await session.execute(insert(User), rows)
    await add_account(database)


@pytest.mark.usefixtures("_many_accounts")
async def test_login_finds_the_address_by_index(client: AsyncClient, database: Database) -> None:
    with recorded_queries("FROM users") as queries:
        await log_in(client)
    by_email = queries[0]
    assert EMAIL in str(by_email.parameters)
    plan = await explain(database, by_email)
    assert "index" in plan.lower()
    assert "email" in plan


@pytest.mark.usefixtures("_many_accounts")
async def test_page_of_accounts_is_read_by_index(
    app: FastAPI, client: AsyncClient, database: Database
) -> None:
    headers = headers_of_subject(app, Role.ADMIN)
    with recorded_queries("FROM users") as queries:
        first = (await client.get("/api/v1/users", headers=headers)).json()
        await client.get(f"/api/v1/users?cursor={first['next_cursor']}", headers=headers)
    assert len(queries) == 2
    for query in queries:
        assert "ix_users_created_at_id" in await explain(database, query)
