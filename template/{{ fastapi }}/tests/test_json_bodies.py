import pytest
from httpx2 import AsyncClient, Response

from tests.checks import assert_invalid, assert_problem

ITEMS = "/api/v1/items"
VALID = b'{"title": "Tea"}'


async def send(
    client: AsyncClient,
    headers: dict[str, str],
    body: bytes,
    media_type: str | None = "application/json",
) -> Response:
    typed = {**headers, "Content-Type": media_type} if media_type else headers
    return await client.post(ITEMS, content=body, headers=typed)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"title",
        b'{"title": "Tea"} x',
        b'{"title": NaN}',
        b'{"title": -Infinity}',
        b'{"title": "\xff"}',
        VALID.decode().encode("utf-16"),
        b"\xef\xbb\xbf" + VALID,
        pytest.param(b"[" * 200_000, id="deep"),
    ],
)
async def test_malformed_json_is_refused(
    client: AsyncClient, headers: dict[str, str], body: bytes
) -> None:
    assert_problem(await send(client, headers, body), 400, "malformed_json")


@pytest.mark.parametrize("number", ["1" * 5_000, "-" + "9" * 5_000, "1e400"])
async def test_long_number_is_no_title(
    client: AsyncClient, headers: dict[str, str], number: str
) -> None:
    body = f'{{"title": {number}, "description": "x"}}'.encode()
    assert_invalid(await send(client, headers, body), pointer="/title")


@pytest.mark.parametrize("encoding", ["gzip", "identity, gzip", "x"])
async def test_encoded_body_is_refused(
    client: AsyncClient, headers: dict[str, str], encoding: str
) -> None:
    response = await send(client, {**headers, "Content-Encoding": encoding}, VALID)
    assert_problem(response, 415, "unsupported_media_type")
    for none in ("Identity", ""):
        plain = await send(client, {**headers, "Content-Encoding": none}, VALID)
        assert plain.status_code == 201


@pytest.mark.parametrize("body", [b"null", b"[]", b'"Tea"', b"1", b"true"])
async def test_other_than_an_object_is_invalid(
    client: AsyncClient, headers: dict[str, str], body: bytes
) -> None:
    response = await send(client, headers, body)
    assert_invalid(response, pointer="")
    assert response.json()["errors"][0]["detail"] == "must be an object"


@pytest.mark.parametrize(
    "media_type",
    [None, "", "text/plain", "application/merge-patch+json", "application/jsonx", "json"],
)
async def test_other_media_type_is_refused(
    client: AsyncClient, headers: dict[str, str], media_type: str | None
) -> None:
    response = await send(client, headers, VALID, media_type)
    assert_problem(response, 415, "unsupported_media_type")


@pytest.mark.parametrize("media_type", ["application/json", "Application/JSON; charset=utf-8"])
async def test_json_is_taken_in_any_spelling(
    client: AsyncClient, headers: dict[str, str], media_type: str
) -> None:
    assert (await send(client, headers, VALID, media_type)).status_code == 201


@pytest.mark.parametrize("field", ["owner_id", "id", "created_at", "role"])
async def test_nobody_sets_other_fields(
    client: AsyncClient, headers: dict[str, str], field: str
) -> None:
    body = b'{"title": "Tea", "%s": "x"}' % field.encode()
    assert_invalid(await send(client, headers, body), pointer=f"/{field}")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"title": "\\ud800"}', "/title"),
        (b'{"title": "Tea", "description": "\\udfff"}', "/description"),
        (b'{"title": "Tea", "\\ud800": 1}', ""),
    ],
)
async def test_lone_surrogate_is_invalid(
    client: AsyncClient, headers: dict[str, str], body: bytes, pointer: str
) -> None:
    assert_invalid(await send(client, headers, body), pointer=pointer)


async def test_surrogate_pair_is_one_character(
    client: AsyncClient, headers: dict[str, str]
) -> None:
    response = await send(client, headers, b'{"title": "\\ud83c\\udf75"}')
    assert response.json()["title"] == "🍵"


@pytest.mark.parametrize("body", [b'{"title": ""}', b"{", b""])
@pytest.mark.parametrize("media_type", ["application/json", "text/plain"])
async def test_anonymous_learns_nothing_of_a_body(
    client: AsyncClient, body: bytes, media_type: str
) -> None:
    assert_problem(await send(client, {}, body, media_type), 401, "unauthenticated")


async def test_many_unknown_fields_are_counted(
    client: AsyncClient, headers: dict[str, str]
) -> None:
    body = {"description": 1} | {f"field {number}/{'x' * 300}": 1 for number in range(2_000)}
    response = await client.post(ITEMS, json=body, headers=headers)
    problem = assert_problem(response, 422, "invalid_request")
    assert problem["detail"] == "2002 fields are invalid."
    errors = {error["pointer"]: error["detail"] for error in problem["errors"]}
    assert len(errors) == 20
    assert (errors["/title"], errors["/description"]) == ("is required", "must be a string")
    assert max(len(pointer) for pointer in errors) == 200
    assert len(response.content) < 32_768


async def test_known_fields_are_read_beside_many_unknown(
    client: AsyncClient, headers: dict[str, str]
) -> None:
    body = {"title": "Tea"} | {f"field {number}": 1 for number in range(100)}
    response = await client.post(ITEMS, json=body, headers=headers)
    assert assert_problem(response, 422, "invalid_request")["detail"] == "100 fields are invalid."
