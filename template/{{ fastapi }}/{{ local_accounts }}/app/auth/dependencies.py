"""Who calls, for routes that need to know."""

from typing import Annotated

import structlog
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.auth.accounts import Accounts
from app.auth.subject import Role, Subject
from app.auth.tokens import AccessTokens
from app.problems import Forbidden, Unauthenticated

log = structlog.get_logger()
bearer = HTTPBearer(auto_error=False)


async def current_subject(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Subject:
    """Return the caller; raise `Unauthenticated` or `InvalidToken`."""
    state = request.scope["state"]
    if "subject" not in state:
        if credentials is None or not credentials.credentials:
            raise Unauthenticated
        tokens: AccessTokens = request.app.state.access_tokens
        state["subject"] = tokens.verify(credentials.credentials)
    subject: Subject = state["subject"]
    return subject


CurrentSubject = Annotated[Subject, Depends(current_subject)]


async def current_admin(subject: CurrentSubject) -> Subject:
    """Return the caller; raise `Forbidden` for anybody but an admin."""
    if subject.role is not Role.ADMIN:
        log.warning("role denied", _event="role_denied", subject=subject.id, required=Role.ADMIN)
        raise Forbidden
    return subject


CurrentAdmin = Annotated[Subject, Depends(current_admin)]


async def get_accounts(request: Request) -> Accounts:
    """Return the accounts of the application that serves this request."""
    accounts: Accounts = request.app.state.accounts
    return accounts


async def get_access_tokens(request: Request) -> AccessTokens:
    """Return the signer of the application that serves this request."""
    tokens: AccessTokens = request.app.state.access_tokens
    return tokens


AccountsDependency = Annotated[Accounts, Depends(get_accounts)]
AccessTokensDependency = Annotated[AccessTokens, Depends(get_access_tokens)]
