"""§4: requests without a valid access token, whoever issues the tokens."""

from __future__ import annotations

import uuid

import pytest

from .accounts import Session
from .checks import assert_problem, assert_standard_headers
from .raw import exchange
from .service import Service

AN_ITEM = f"/api/v1/items/{uuid.UUID(int=7 << 76)}"
PROTECTED = [
    ("GET", "/api/v1/users/me"),
    ("GET", "/api/v1/items"),
    ("POST", "/api/v1/items"),
    ("GET", AN_ITEM),
    ("PATCH", AN_ITEM),
    ("DELETE", AN_ITEM),
    pytest.param("GET", "/api/v1/users", marks=pytest.mark.local_accounts),
    pytest.param("POST", "/api/v1/auth/password", marks=pytest.mark.local_accounts),
]
BODIES = {
    "/api/v1/items": {"title": "x"},
    AN_ITEM: {"title": "x"},
    "/api/v1/auth/password": {"current_password": "x" * 12, "new_password": "y" * 12},
}
GARBAGE = {
    "word": "x",
    "dots": "...",
    "empty-parts": "..",
    "three-words": "a.b.c",
    "objects": "e30.e30.e30",
    "header-no-object": "W10.e30.e30",
    "header-not-json": "eHg.e30.e30",
    "comma": "a.b.c,d.e.f",
    "long": "A" * 6000,
    "five-parts": "e30.e30.e30.e30.e30",
}


def body_for(method: str, path: str) -> object:
    return BODIES[path] if method in {"POST", "PATCH"} else None


@pytest.mark.parametrize(("method", "path"), PROTECTED)
def test_anonymous_is_refused(service: Service, method: str, path: str) -> None:
    response = service.request(method, path, json=body_for(method, path))
    assert_problem(response, 401, "unauthenticated")


@pytest.mark.parametrize(("method", "path"), PROTECTED)
def test_invalid_token_is_refused(service: Service, method: str, path: str) -> None:
    headers = {"Authorization": "Bearer e30.e30.e30"}
    response = service.request(method, path, headers=headers, json=body_for(method, path))
    assert_problem(response, 401, "invalid_token")
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


@pytest.mark.parametrize("token", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_no_token(service: Service, token: str) -> None:
    response = service.get("/api/v1/items", headers={"Authorization": f"Bearer {token}"})
    assert_problem(response, 401, "invalid_token")
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    "value",
    ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Token x", "Bearer\xe9 x", "Bearer \xff"],
)
def test_other_authorization_is_refused(service: Service, value: str) -> None:
    response = exchange(service, "GET", "/api/v1/items", {"Authorization": value})
    assert response.status_code == 401
    assert_problem(response, 401, response.json()["code"])
    assert response.json()["code"] in {"unauthenticated", "invalid_token"}


def test_token_without_scheme_is_refused(service: Service, anyone: Session) -> None:
    headers = {"Authorization": anyone.access_token}
    assert service.get("/api/v1/items", headers=headers).status_code == 401


def test_token_in_the_query_is_ignored(service: Service, anyone: Session) -> None:
    response = service.get("/api/v1/users/me", params={"access_token": anyone.access_token})
    assert_problem(response, 401, "unauthenticated")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_scheme_ignores_case(service: Service, anyone: Session, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {anyone.access_token}"}
    response = service.get("/api/v1/users/me", headers=headers)
    assert response.status_code == 200
    assert_standard_headers(response)


def test_signed_in_user_sees_herself(service: Service, session: Session) -> None:
    user = service.get("/api/v1/users/me", headers=session.headers).json()
    assert user.keys() == {"id", "email", "role", "created_at"}
    assert user["role"] == "user"
