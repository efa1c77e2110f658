"""The caller's own items."""

from fastapi import APIRouter, Response

from app.auth.dependencies import CurrentSubject
from app.dependencies import DatabaseDependency
from app.items.models import Item
from app.items.repository import ItemRepository
from app.items.schemas import ItemCreate, ItemOut, ItemPage, ItemPatch
from app.json_route import JsonRoute
from app.openapi import ANY, BODY, problems
from app.pagination import Page, PageParameters
from app.problems import NotFound
from app.types import PathId

router = APIRouter(
    prefix="/api/v1/items",
    tags=["items"],
    route_class=JsonRoute,
    responses=problems(401, *ANY),
)


@router.get("", response_model=ItemPage, responses=problems(422))
async def list_items(
    subject: CurrentSubject, page: PageParameters, database: DatabaseDependency
) -> Page[Item]:
    """Return a page of the caller's items, newest first."""
    async with database.read() as session:
        return await ItemRepository(session, subject.id).list(page)


@router.post("", status_code=201, response_model=ItemOut, responses=problems(*BODY))
async def create_item(
    body: ItemCreate, subject: CurrentSubject, database: DatabaseDependency, response: Response
) -> Item:
    """Add an item that belongs to the caller."""
    async with database.write() as session:
        item = ItemRepository(session, subject.id).add(body.title, body.description)
    response.headers["Location"] = f"{router.prefix}/{item.id}"
    return item


@router.get("/{id}", response_model=ItemOut, responses=problems(404, 422))
async def read_item(item_id: PathId, subject: CurrentSubject, database: DatabaseDependency) -> Item:
    """Return one of the caller's items."""
    async with database.read() as session:
        return _found(await ItemRepository(session, subject.id).get(item_id))


@router.patch("/{id}", response_model=ItemOut, responses=problems(404, *BODY))
async def update_item(
    item_id: PathId, body: ItemPatch, subject: CurrentSubject, database: DatabaseDependency
) -> Item:
    """Change the given fields of one of the caller's items."""
    async with database.write() as session:
        return _found(await ItemRepository(session, subject.id).update(item_id, body.changes()))


@router.delete("/{id}", status_code=204, responses=problems(404, 422))
async def delete_item(
    item_id: PathId, subject: CurrentSubject, database: DatabaseDependency
) -> None:
    """Remove one of the caller's items."""
    async with database.write() as session:
        _found(await ItemRepository(session, subject.id).delete(item_id))


def _found[Row](row: Row | None) -> Row:
    """Return the row; somebody else's is reported as none, so nobody learns that it exists."""
    if not row:
        raise NotFound
    return row
