"""Who calls: signed-in subjects for every test, without an account in the database."""

from uuid import uuid4

import pytest
from fastapi import FastAPI

from app.auth.subject import Role

SETTINGS = {
    "auth_secret_key": "a-key-of-the-tests-and-of-nobody-else",
    "rate_limit_auth": "off",
}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def headers_of_subject(app: FastAPI, role: Role = Role.USER) -> dict[str, str]:
    """Return the headers of a subject that nobody has seen before."""
    return bearer(app.state.access_tokens.sign(uuid4(), role))


@pytest.fixture
def headers(app: FastAPI) -> dict[str, str]:
    """Give the headers of a signed-in caller."""
    return headers_of_subject(app)


@pytest.fixture
def foreign_headers(app: FastAPI) -> dict[str, str]:
    """Give the headers of another caller."""
    return headers_of_subject(app)
