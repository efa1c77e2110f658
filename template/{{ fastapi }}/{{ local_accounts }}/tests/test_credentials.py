import json

import pytest
from httpx2 import AsyncClient
from pydantic import ValidationError

from app.auth.schemas import Registration
from tests.accounts import AUTH, EMAIL, PASSWORD
from tests.checks import assert_invalid

LABEL = "x" * 63


def register(email: str = EMAIL, password: str = PASSWORD) -> Registration:
    return Registration(email=email, password=password)


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "ada@",
        "@example.com",
        "ada@example",
        "ada@b@example.com",
        "ada@example..com",
        "ada@.example.com",
        "ada@example.com.",
        "ada@-example.com",
        "ada@exam_ple.com",
        ".ada@example.com",
        "ada.@example.com",
        "a..da@example.com",
        '"ada"@example.com',
        "ada (comment)@example.com",
        " ada@example.com",
        "ada@example.com\n",
        "ada@[127.0.0.1]",
        "adä@example.com",
        "ada@exämple.com",
        "ada\0@example.com",
        f"{'x' * 65}@example.com",
        f"ada@{LABEL}x.com",
        f"ada@{LABEL}.{LABEL}.{LABEL}.{LABEL}.com",
    ],
)
def test_bad_address_is_refused(email: str) -> None:
    with pytest.raises(ValidationError) as refused:
        register(email=email)
    assert [error["loc"] for error in refused.value.errors()] == [("email",)]


@pytest.mark.parametrize(
    "email",
    [
        "a@b.c",
        "ada.lovelace+news@mail.example.co.uk",
        "!#$%&'*+/=?^_`{|}~-@example.com",
        "ada@service.test",
        "ada@localhost.localdomain",
        "ada@1.2",
        f"{'x' * 64}@{LABEL}.com",
        f"ada@{LABEL}.{LABEL}.{LABEL}.{'x' * 54}.com",
    ],
)
def test_good_address_is_taken(email: str) -> None:
    assert register(email=email).email == email


def test_address_is_lower_cased() -> None:
    assert register(email="Ada@EXAMPLE.com").email == "ada@example.com"


@pytest.mark.parametrize(
    "password",
    [
        "",
        "x" * 11,
        "x" * 129,
        "🍵" * 11,
        # Eleven characters once composed.
        "e\u0301" * 11,
        "a password\0 with NUL",
        # Of no more than 128 characters once composed, but nobody finds out.
        "a" + "\u0301\u0316" * 256,
    ],
)
def test_bad_password_is_refused(password: str) -> None:
    with pytest.raises(ValidationError) as refused:
        register(password=password)
    assert [error["loc"] for error in refused.value.errors()] == [("password",)]


@pytest.mark.parametrize(
    "password",
    ["x" * 12, "x" * 128, "🍵" * 128, "e\u0301" * 128, " " * 12, "\t\n\r tabs and lines"],
)
def test_any_characters_make_a_password(password: str) -> None:
    assert register(password=password).password == password


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("register", {"email": EMAIL}, "/password"),
        ("register", {"email": EMAIL, "password": PASSWORD, "role": "admin"}, "/role"),
        ("register", {"email": 1, "password": PASSWORD}, "/email"),
        ("register", {"email": EMAIL, "password": "\ud800" * 12}, "/password"),
        ("login", {"password": PASSWORD}, "/email"),
        ("login", {"email": "ada", "password": PASSWORD}, "/email"),
        ("login", {"email": EMAIL, "password": "a\0"}, "/password"),
        ("refresh", {}, "/refresh_token"),
        ("refresh", {"refresh_token": ""}, "/refresh_token"),
        ("refresh", {"refresh_token": "x" * 513}, "/refresh_token"),
        ("logout", {"refresh_token": None}, "/refresh_token"),
    ],
    ids=str,
)
async def test_wrong_field_is_named(
    client: AsyncClient, path: str, body: dict[str, object], pointer: str
) -> None:
    # As ASCII, for the surrogate.
    headers = {"Content-Type": "application/json"}
    content = json.dumps(body)
    response = await client.post(f"{AUTH}/{path}", content=content, headers=headers)
    assert_invalid(response, pointer=pointer)
    assert PASSWORD not in response.text
