"""Signing up, in and out."""

from uuid import UUID

import structlog
from fastapi import APIRouter

from app.auth.accounts import SignedIn
from app.auth.dependencies import AccessTokensDependency, AccountsDependency, CurrentSubject
from app.auth.schemas import (
    Credentials,
    PasswordChange,
    RefreshRequest,
    Registration,
    TokenPair,
)
from app.auth.tokens import AccessTokens
from app.json_route import JsonRoute
from app.openapi import ANY, BODY, problems
from app.problems import InvalidRequest, InvalidToken
from app.users.models import User
from app.users.schemas import UserOut

log = structlog.get_logger()
router = APIRouter(
    prefix="/api/v1/auth", tags=["auth"], route_class=JsonRoute, responses=problems(*ANY, *BODY)
)


@router.post("/register", status_code=201, response_model=UserOut, responses=problems(409))
async def register(body: Registration, accounts: AccountsDependency) -> User:
    """Make an account."""
    return await accounts.register(body.email, body.password)


@router.post("/login", responses=problems(401))
async def login(
    body: Credentials, accounts: AccountsDependency, tokens: AccessTokensDependency
) -> TokenPair:
    """Exchange an e-mail address and a password for a token pair."""
    return _pair(await accounts.login(body.email, body.password), tokens)


@router.post("/refresh", responses=problems(401))
async def refresh(
    body: RefreshRequest, accounts: AccountsDependency, tokens: AccessTokensDependency
) -> TokenPair:
    """Exchange a refresh token for a new pair. Each works once: a second use ends the family."""
    signed_in = await accounts.refresh(body.refresh_token)
    if signed_in is None:
        raise InvalidToken
    return _pair(signed_in, tokens)


@router.post("/logout", status_code=204)
async def logout(body: RefreshRequest, accounts: AccountsDependency) -> None:
    """End the refresh token and all that came from the same login."""
    await accounts.logout(body.refresh_token)


@router.post("/password", status_code=204, responses=problems(401))
async def change_password(
    body: PasswordChange, subject: CurrentSubject, accounts: AccountsDependency
) -> None:
    """Change the caller's password, which ends every refresh token of the account."""
    user_id = UUID(subject.id)
    if not await accounts.change_password(user_id, body.current_password, body.new_password):
        raise InvalidRequest([{"pointer": "/current_password", "detail": "is wrong"}])


def _pair(signed_in: SignedIn, tokens: AccessTokens) -> TokenPair:
    return TokenPair(
        access_token=tokens.sign(signed_in.user.id, signed_in.user.role),
        expires_in=tokens.ttl_seconds,
        refresh_token=signed_in.refresh_token,
    )
