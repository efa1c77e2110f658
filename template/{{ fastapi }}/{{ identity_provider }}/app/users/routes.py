"""The caller."""

from fastapi import APIRouter

from app.auth.dependencies import CurrentSubject
from app.auth.subject import Subject
from app.openapi import ANY, problems
from app.users.schemas import UserOut

router = APIRouter(prefix="/api/v1/users", tags=["users"], responses=problems(401, *ANY))


@router.get("/me", response_model=UserOut)
async def read_me(subject: CurrentSubject) -> Subject:
    """Return the caller."""
    return subject
