from typing import Annotated

import pytest
from fastapi import Depends
from httpx2 import AsyncClient
from structlog.testing import capture_logs

from app.auth.claims import claim_at
from app.auth.dependencies import current_admin
from app.auth.subject import Subject
from app.main import create_app
from tests.checks import assert_problem
from tests.conftest import Serve
from tests.identity import headers_of
from tests.provider_tokens import ADMIN, NO_ADMINS
from tests.service import client_of, settings_of

ME = "/api/v1/users/me"


async def test_anonymous_is_refused(client: AsyncClient) -> None:
    assert_problem(await client.get(ME), 401, "unauthenticated")


async def test_caller_is_who_the_token_names(client: AsyncClient) -> None:
    response = await client.get(ME, headers=headers_of(sub="ann|1", email="ann@example.com"))
    assert response.json() == {
        "id": "ann|1",
        "email": "ann@example.com",
        "role": "user",
        "created_at": None,
    }


@pytest.mark.parametrize("email", [None, 7, ["ann@example.com"]])
async def test_token_need_not_tell_the_email(client: AsyncClient, email: object) -> None:
    response = await client.get(ME, headers=headers_of(email=email))
    assert response.json()["email"] is None


async def test_role_comes_from_the_claim(client: AsyncClient) -> None:
    admin = await client.get(ME, headers=headers_of(**ADMIN))
    assert admin.json()["role"] == "admin"
    for changes in NO_ADMINS:
        other = await client.get(ME, headers=headers_of(**changes))
        assert other.json()["role"] == "user", changes


async def test_another_claim_can_make_admins(serve: Serve) -> None:
    claim = "https://example.com/roles"
    async with serve(oidc_roles_claim=claim) as client:
        admin = await client.get(ME, headers=headers_of(**{claim: "admin"}))
        assert admin.json()["role"] == "admin"
        no_longer = await client.get(ME, headers=headers_of(**ADMIN))
        assert no_longer.json()["role"] == "user"


@pytest.mark.parametrize(
    ("path", "found"),
    [("a", {"b": {"c": 1}}), ("a.b.c", 1), ("a.b.d", None), ("a.b.c.d", None), ("x.y", 2)],
)
def test_claim_is_found_by_its_path(path: str, found: object) -> None:
    assert claim_at({"a": {"b": {"c": 1}}, "x.y": 2, "x": {"y": 3}}, path) == found


async def test_route_for_admins() -> None:
    app = create_app(settings_of())

    @app.get("/api/admins")
    async def admins(subject: Annotated[Subject, Depends(current_admin)]) -> str:
        return subject.id

    async with client_of(app) as client:
        with capture_logs() as logs:
            refused = await client.get("/api/admins", headers=headers_of())
        assert_problem(refused, 403, "forbidden")
        assert [line["_event"] for line in logs if "_event" in line] == ["role_denied"]
        taken = await client.get("/api/admins", headers=headers_of(sub="root", **ADMIN))
        assert taken.json() == "root"
