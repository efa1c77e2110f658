"""The caller's own account, and for admins all of them."""

from uuid import UUID

from fastapi import APIRouter, Depends

from app.auth.dependencies import CurrentSubject, current_admin
from app.dependencies import DatabaseDependency
from app.openapi import ANY, problems
from app.pagination import Page, PageParameters
from app.problems import InvalidToken
from app.users.models import User
from app.users.repository import UserRepository
from app.users.schemas import UserOut, UserPage

router = APIRouter(prefix="/api/v1/users", tags=["users"], responses=problems(401, *ANY))


@router.get("/me", response_model=UserOut)
async def read_me(subject: CurrentSubject, database: DatabaseDependency) -> User:
    """Return the caller's account."""
    async with database.read() as db:
        user = await UserRepository(db).get(UUID(subject.id))
    if user is None:
        raise InvalidToken
    return user


@router.get(
    "",
    response_model=UserPage,
    responses=problems(403, 422),
    dependencies=[Depends(current_admin)],
)
async def list_users(page: PageParameters, database: DatabaseDependency) -> Page[User]:
    """Return a page of all accounts, newest first."""
    async with database.read() as db:
        return await UserRepository(db).list(page)
