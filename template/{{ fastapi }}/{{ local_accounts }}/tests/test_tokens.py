import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from app import about
from app.auth.subject import Role
from app.auth.tokens import AccessTokens
from tests.checks import assert_problem
from tests.identity import SETTINGS, bearer, headers_of_subject

ITEMS = "/api/v1/items"
KEY = SETTINGS["auth_secret_key"]
HEADER = {"typ": "at+jwt"}


def claims(**changes: object) -> dict[str, Any]:
    """Return the claims of a good token; a change to None leaves a claim out.

    A `timedelta` stands for a time from now on.
    """
    now = datetime.now(UTC)
    good = {
        "iss": about.SLUG,
        "aud": about.SLUG,
        "sub": str(uuid4()),
        "iat": now,
        "exp": now + timedelta(minutes=5),
        "jti": str(uuid4()),
        "role": "user",
    }
    wanted = {name: value for name, value in {**good, **changes}.items() if value is not None}
    return {
        name: now + value if isinstance(value, timedelta) else value
        for name, value in wanted.items()
    }


async def refuse(client: AsyncClient, token: str) -> None:
    response = await client.get(ITEMS, headers=bearer(token))
    assert_problem(response, 401, "invalid_token")
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


DEEP = base64.urlsafe_b64encode(b"[" * 10_000).decode()


@pytest.mark.parametrize(
    "token", ["x", "a.b.c", "..", "é", "x" * 5000, "." * 15_000, f"{DEEP}.{DEEP}.x"]
)
async def test_garbage_is_refused(client: AsyncClient, token: str) -> None:
    response = await client.get(ITEMS, headers={b"Authorization": b"Bearer " + token.encode()})
    assert_problem(response, 401, "invalid_token")


@pytest.mark.parametrize("missing", ["iss", "aud", "sub", "iat", "exp", "jti", "role"])
async def test_every_claim_is_required(client: AsyncClient, missing: str) -> None:
    await refuse(client, jwt.encode(claims(**{missing: None}), KEY, "HS256", HEADER))


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "somebody-else"},
        {"aud": "another-service"},
        {"sub": "ada@example.com"},
        {"sub": 7},
        {"role": "root"},
        {"role": ["admin"]},
        {"exp": timedelta(seconds=-60)},
        {"iat": timedelta(hours=1)},
        {"nbf": timedelta(hours=1)},
        {"iat": timedelta(seconds=60)},
        {"exp": "4102444800"},
        {"exp": True},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"iat": "1"},
        {"iat": False},
        {"iat": float("inf")},
        {"nbf": "1"},
    ],
    ids=str,
)
async def test_wrong_claim_is_refused(client: AsyncClient, change: dict[str, object]) -> None:
    await refuse(client, jwt.encode(claims(**change), KEY, "HS256", HEADER))


@pytest.mark.parametrize("header", [{"typ": "JWT"}, {"typ": "refresh+jwt"}, {"typ": None}])
async def test_other_type_is_refused(client: AsyncClient, header: dict[str, Any]) -> None:
    await refuse(client, jwt.encode(claims(), KEY, "HS256", header))


@pytest.mark.parametrize(
    ("key", "algorithm"), [(KEY * 2, "HS256"), (KEY * 2, "HS512"), (None, "none")]
)
async def test_other_signature_is_refused(
    client: AsyncClient, key: str | None, algorithm: str
) -> None:
    await refuse(client, jwt.encode(claims(), key, algorithm, HEADER))


async def test_right_key_with_other_algorithm_is_refused() -> None:
    key = KEY * 2
    token = jwt.encode(claims(), key, "HS512", HEADER)
    with pytest.raises(Exception, match="not valid"):
        AccessTokens(key, 60).verify(token)


async def test_changed_claims_break_the_signature(app: FastAPI, client: AsyncClient) -> None:
    header, _, signature = headers_of_subject(app)["Authorization"].split(".")
    body = jwt.encode(claims(role="admin"), KEY, "HS256", HEADER).split(".")[1]
    await refuse(client, f"{header.removeprefix('Bearer ')}.{body}.{signature}")


@pytest.mark.parametrize(
    "change",
    [
        {"exp": timedelta(seconds=-5)},
        {"iat": timedelta(seconds=15)},
        {"nbf": timedelta(seconds=15)},
        {"iat": 1.5},
    ],
    ids=str,
)
async def test_clocks_may_differ_a_little(client: AsyncClient, change: dict[str, object]) -> None:
    token = jwt.encode(claims(**change), KEY, "HS256", HEADER)
    assert (await client.get(ITEMS, headers=bearer(token))).status_code == 200


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_good_token_is_taken(client: AsyncClient, scheme: str) -> None:
    token = jwt.encode(claims(), KEY, "HS256", HEADER)
    response = await client.get(ITEMS, headers={"Authorization": f"{scheme} {token}"})
    assert response.status_code == 200


def test_own_token_says_who_and_how_long() -> None:
    user_id = uuid4()
    tokens = AccessTokens(KEY, 60)
    token = tokens.sign(user_id, Role.ADMIN)
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "at+jwt"}
    found = jwt.decode(token, KEY, ["HS256"], audience=about.SLUG)
    assert found["exp"] - found["iat"] == 60
    assert UUID(found["jti"]) != user_id
    subject = tokens.verify(token)
    assert (subject.id, subject.role) == (str(user_id), Role.ADMIN)
