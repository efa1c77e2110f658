"""Accounts for tests: made without the cost of a hash each."""

from functools import cache
from typing import Any

import argon2
from httpx2 import AsyncClient

from app.auth.subject import Role
from app.database import Database
from app.users.models import User
from app.users.repository import UserRepository
from tests.identity import bearer

AUTH = "/api/v1/auth"
EMAIL = "ada@example.com"
PASSWORD = "correct horse battery staple"


@cache
def password_hash() -> str:
    return argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1).hash(PASSWORD)


async def add_account(
    database: Database, email: str = EMAIL, role: Role = Role.USER, stored: str | None = None
) -> User:
    """Return a new account whose password is PASSWORD."""
    async with database.write() as db:
        return await UserRepository(db).add(email, stored or password_hash(), role)


async def read_account(database: Database, email: str = EMAIL) -> User:
    async with database.read() as db:
        user = await UserRepository(db).get_by_email(email)
    assert user is not None
    return user


async def log_in(client: AsyncClient, email: str = EMAIL) -> dict[str, Any]:
    """Return the token pair of a new login."""
    body = {"email": email, "password": PASSWORD}
    response = await client.post(f"{AUTH}/login", json=body)
    assert response.status_code == 200, response.text
    pair: dict[str, Any] = response.json()
    return pair


async def log_in_headers(client: AsyncClient, email: str = EMAIL) -> dict[str, str]:
    return bearer((await log_in(client, email))["access_token"])


async def refresh_status(client: AsyncClient, token: str) -> int:
    response = await client.post(f"{AUTH}/refresh", json={"refresh_token": token})
    return response.status_code
