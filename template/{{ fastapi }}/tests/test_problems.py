import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Self
from urllib.parse import quote

import pytest
from fastapi import FastAPI, HTTPException, Query
from fastapi.responses import StreamingResponse
from httpx2 import AsyncClient
from pydantic import AfterValidator, BaseModel, model_validator
from structlog.testing import capture_logs

from app.main import create_app
from app.problems import InternalError, Unavailable
from tests.checks import assert_invalid, assert_problem
from tests.conftest import Serve
from tests.service import client_of, settings_of

ITEMS = "/api/v1/items"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/nothing",
        "/api/v1/items/",
        "/API/v1/items",
        "/api/v1/item%20s",
        "/%C3%A9",
        "/broken%",
        "/%f",
        "/%6Detrics",
        "/metric%73",
        "/%2e",
        "/api%2Fv1/items",
    ],
)
async def test_unknown_path_is_not_found(client: AsyncClient, path: str) -> None:
    assert_problem(await client.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", ITEMS, {"GET", "POST"}),
        ("TRACE", f"{ITEMS}/1", {"GET", "PATCH", "DELETE"}),
        ("POST", "/health/live", {"GET", "HEAD"}),
    ],
)
async def test_wrong_method_names_the_others(
    client: AsyncClient, method: str, path: str, allowed: set[str]
) -> None:
    response = await client.request(method, path)
    assert_problem(response, 405, "method_not_allowed")
    assert set(response.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize("authorization", [None, "Basic YTpi", "Bearer", "Bearer "])
async def test_anonymous_is_told_to_sign_in(client: AsyncClient, authorization: str | None) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    response = await client.get(ITEMS, headers=headers)
    assert_problem(response, 401, "unauthenticated")
    assert response.headers["WWW-Authenticate"] == "Bearer"


async def test_unreadable_token_is_named_invalid(client: AsyncClient) -> None:
    response = await client.get(ITEMS, headers={"Authorization": "bearer nonsense"})
    assert_problem(response, 401, "invalid_token")
    assert response.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


async def test_too_large_body_is_refused(serve: Serve, headers: dict[str, str]) -> None:
    async with serve(max_body_bytes="100") as client:
        body = {"title": "x" * 100}
        assert_problem(await client.post(ITEMS, json=body, headers=headers), 413, "body_too_large")


async def test_too_large_chunked_body_is_refused(serve: Serve, headers: dict[str, str]) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 10

    async with serve(max_body_bytes="100") as client:
        typed = {**headers, "Content-Type": "application/json"}
        response = await client.post(ITEMS, content=chunks(), headers=typed)
        assert_problem(response, 413, "body_too_large")


async def test_all_wrong_fields_are_listed(client: AsyncClient, headers: dict[str, str]) -> None:
    body = {"title": "", "description": 1, "a/b~c": 2}
    problem = assert_problem(
        await client.post(ITEMS, json=body, headers=headers), 422, "invalid_request"
    )
    assert problem["detail"] == "3 fields are invalid."
    assert {error["pointer"]: error["detail"] for error in problem["errors"]} == {
        "/title": "must not be blank",
        "/description": "must be a string",
        "/a~1b~0c": "is not a known field",
    }


@pytest.mark.parametrize(
    ("error", "status", "code", "detail"),
    [
        (HTTPException(400, "The coupon has expired."), 400, "bad_request", None),
        (HTTPException(404, "There is no such coupon."), 404, "not_found", None),
        (HTTPException(404), 404, "not_found", "There is nothing at this address."),
        (HTTPException(409, "It is taken."), 409, "conflict", None),
        (HTTPException(418, "Tea only."), 418, "im_a_teapot", None),
        (HTTPException(422, "No."), 422, "unprocessable_content", None),
        (HTTPException(499), 499, "client_error", "Client Error."),
        (HTTPException(401, "Who?"), 401, "unauthorized", None),
        (HTTPException(400, {"a": 1}), 400, "bad_request", '{"a": 1}'),
        (HTTPException(502, "hidden"), 502, "bad_gateway", InternalError.text),
        (HTTPException(500, "hidden"), 500, "internal_error", InternalError.text),
        (HTTPException(503, "hidden"), 503, "unavailable", Unavailable.text),
        (HTTPException(700, "hidden"), 500, "internal_error", InternalError.text),
    ],
    ids=str,
)
async def test_status_and_text_of_our_own_code_are_kept(
    error: HTTPException, status: int, code: str, detail: str | None
) -> None:
    app = create_app(settings_of())

    @app.get("/raise")
    async def fail() -> None:
        raise error

    async with client_of(app) as client:
        with capture_logs() as logs:
            response = await client.get("/raise", headers={"X-Request-ID": "a"})
    problem = assert_problem(response, status, code)
    assert problem["detail"] == (detail or error.detail)
    assert ("WWW-Authenticate" in response.headers) == (status == 401)
    assert ("hidden" in str(logs)) == (status >= 500)


async def test_redirect_is_no_problem() -> None:
    app = create_app(settings_of())

    @app.get("/old")
    async def moved() -> None:
        raise HTTPException(307, headers={"Location": "/new"})

    async with client_of(app) as client:
        response = await client.get("/old")
    assert (response.status_code, response.content) == (307, b"")


async def test_parameters_that_contradict_each_other_are_invalid() -> None:
    class Range(BaseModel):
        first: int
        last: int

        @model_validator(mode="after")
        def _ordered(self) -> Self:
            if self.first > self.last:
                message = "must not begin after its end"
                raise ValueError(message)
            return self

    app = create_app(settings_of())

    @app.get("/range")
    async def within(_: Annotated[Range, Query()]) -> None: ...

    async with client_of(app) as client:
        response = await client.get("/range?first=2&last=1")
    problem = assert_problem(response, 422, "invalid_request")
    assert problem["errors"] == [{"detail": "must not begin after its end"}]


def refuse(value: str) -> str:
    message = f"{value} is no code of ours"
    raise ValueError(message)


class Coupon(BaseModel):
    code: Annotated[str, AfterValidator(refuse)]


async def test_routes_of_the_framework_itself_have_the_same_errors() -> None:
    app = create_app(settings_of())

    @app.post("/coupons")
    async def add(_: Coupon) -> None: ...

    async with client_of(app) as client:
        json = {"Content-Type": "application/json"}
        broken = await client.post("/coupons", content=b"{", headers=json)
        assert_problem(broken, 400, "malformed_json")
        response = await client.post("/coupons", json={"code": "x" * 100_000})
    assert_invalid(response, pointer="/code")
    assert len(response.content) <= 32_768


@pytest.mark.parametrize("character", ["a", "é", "🍵", "%"])
async def test_instance_is_bounded(client: AsyncClient, character: str) -> None:
    response = await client.get(f"/a{quote(character) * 3_000}")
    assert response.status_code == 404
    instance = response.json()["instance"]
    assert 2045 < len(instance) <= 2048
    assert response.request.url.raw_path.decode().startswith(instance)
    assert "%" not in instance[-2:]


async def test_problem_is_bounded_whatever_is_wrong(
    client: AsyncClient, headers: dict[str, str]
) -> None:
    body = {f"{number:02}" + "\0" * 300: 1 for number in range(50)}
    response = await client.post(ITEMS, json=body, headers=headers)
    assert_problem(response, 422, "invalid_request")
    assert len(response.content) <= 32_768


async def test_wrong_parameter_is_named(client: AsyncClient, headers: dict[str, str]) -> None:
    assert_invalid(await client.get(f"{ITEMS}?limit=0", headers=headers), parameter="limit")
    assert_invalid(await client.get(f"{ITEMS}/1", headers=headers), parameter="id")


def broken_app() -> FastAPI:
    app = create_app(settings_of())

    @app.get("/api/broken")
    async def broken() -> None:
        message = "SELECT secret FROM /srv/app.py"
        raise RuntimeError(message)

    @app.get("/api/cancelled")
    async def cancelled() -> None:
        work = asyncio.create_task(asyncio.sleep(1))
        work.cancel()
        await work

    @app.get("/api/cut-off")
    async def cut_off() -> StreamingResponse:
        async def chunks() -> AsyncIterator[bytes]:
            yield b"begun"
            raise RuntimeError

        return StreamingResponse(chunks())

    return app


async def test_unhandled_error_shows_nothing_inside() -> None:
    async with client_of(broken_app()) as client:
        with capture_logs() as logs:
            response = await client.get("/api/broken")
    assert_problem(response, 500, "internal_error")
    assert "secret" not in response.text
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    [failure] = [line for line in logs if line["event"] == "unhandled error"]
    assert failure["exc_info"]
    [request] = [line for line in logs if line["event"] == "request"]
    assert request["status"] == 500


async def test_cancelled_work_is_an_unhandled_error() -> None:
    async with client_of(broken_app()) as client:
        assert_problem(await client.get("/api/cancelled"), 500, "internal_error")


async def test_error_amid_the_answer_cuts_it_off() -> None:
    async with client_of(broken_app()) as client:
        with capture_logs() as logs, pytest.raises(RuntimeError):
            await client.get("/api/cut-off")
    assert [line["log_level"] for line in logs] == ["error", "info"]
