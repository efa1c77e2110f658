"""Routes that a project adds: in which order they refuse, and what the log calls them."""

from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI
from structlog.testing import capture_logs

from app.auth.dependencies import CurrentSubject, current_admin, current_subject
from app.auth.subject import Subject
from app.json_route import JsonRoute
from app.main import create_app
from app.problems import Forbidden
from app.types import RequestBody
from tests.checks import assert_problem
from tests.service import client_of, settings_of


class Note(RequestBody):
    text: str


async def only_ada(subject: CurrentSubject) -> None:
    if subject.id != "ada":
        raise Forbidden


def only_ada_in_a_thread(subject: CurrentSubject) -> None:
    if subject.id != "ada":
        raise Forbidden


class Only:
    """Lets one caller pass."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def __call__(self, subject: CurrentSubject) -> None:
        if subject.id != self.name:
            raise Forbidden


def guarded(app: FastAPI) -> None:
    """Add a route for each way to say who may call it."""
    router = APIRouter(route_class=JsonRoute)

    @router.post("/subject")
    async def subject(body: Note, subject: CurrentSubject) -> str:
        return body.text + subject.id

    @router.post("/admin", dependencies=[Depends(current_admin)])
    async def admin(body: Note) -> str:
        return body.text

    @router.post("/ada")
    async def ada(body: Note, _: Annotated[None, Depends(only_ada)]) -> str:
        return body.text

    @router.post("/ada-in-a-thread", dependencies=[Depends(only_ada_in_a_thread)])
    async def ada_in_a_thread(body: Note) -> str:
        return body.text

    @router.post("/only")
    async def only(body: Note, _: Annotated[None, Depends(Only("ada"))]) -> str:
        return body.text

    app.include_router(router)
    later = APIRouter(route_class=JsonRoute)

    @later.post("/note")
    async def note(body: Note) -> str:
        return body.text

    app.include_router(later, prefix="/included", dependencies=[Depends(current_admin)])


NAMES = ["subject", "admin", "ada", "ada-in-a-thread", "only", "included/note"]


@pytest.mark.parametrize("path", NAMES)
async def test_body_is_not_read_before_the_caller_is_known(path: str) -> None:
    app = create_app(settings_of())
    guarded(app)
    async with client_of(app) as client:
        assert_problem(await client.post(f"/{path}", content=b"{"), 401, "unauthenticated")


@pytest.mark.parametrize("path", NAMES[1:])
async def test_body_is_not_read_before_the_role_is_known(
    path: str, headers: dict[str, str]
) -> None:
    app = create_app(settings_of())
    guarded(app)
    async with client_of(app) as client:
        response = await client.post(f"/{path}", content=b"{", headers=headers)
        assert_problem(response, 403, "forbidden")


async def test_dependencies_can_be_replaced() -> None:
    replaced = create_app(settings_of())
    guarded(replaced)
    subject = Subject.__new__(Subject)
    object.__setattr__(subject, "id", "ada")
    replaced.dependency_overrides[current_subject] = lambda: subject
    async with client_of(replaced) as client:
        response = await client.post("/ada", json={"text": "x"})
    assert response.json() == "x"


async def answer() -> str:
    return "answer"


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/one/1", "/one/{number}"),
        ("/two/2", "/two/{number}"),
        ("/shops/7/orders/8", "/shops/{shop}/orders/{order}"),
        ("/shops/7/nothing", "/shops/{shop}/{path}"),
        ("/nested/inner/9", "/nested/inner/{number}"),
    ],
)
async def test_log_shows_the_whole_template(path: str, route: str) -> None:
    app = create_app(settings_of())
    inner = APIRouter()
    inner.add_api_route("/inner/{number}", answer)
    outer = APIRouter()
    outer.include_router(inner, prefix="/nested")
    shop = FastAPI()
    shop.add_api_route("/orders/{order}", answer)
    async with client_of(app) as client:
        await client.get("/health/live")
        # After the first request, as a plug-in may do; twice the same function.
        app.add_api_route("/one/{number}", answer)
        await client.get("/one/1")
        app.add_api_route("/two/{number:int}", answer)
        app.mount("/shops/{shop}", shop)
        app.include_router(outer)
        with capture_logs() as logs:
            await client.get(path)
    assert [line["route"] for line in logs] == [route]
