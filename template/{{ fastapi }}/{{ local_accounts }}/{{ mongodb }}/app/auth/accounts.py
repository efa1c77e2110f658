"""Accounts: what it takes to sign up, sign in and stay signed in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn
from uuid import UUID

import structlog
from pymongo.errors import DuplicateKeyError

from app.auth.passwords import PasswordHasher, needs_rehash
from app.auth.problems import EmailTaken, InvalidCredentials
from app.auth.repository import RefreshTokenRepository
from app.auth.subject import Role
from app.database import Database
from app.documents import utc_now
from app.problems import InvalidToken
from app.users.models import User
from app.users.repository import UserRepository

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An account, and the refresh token that keeps it signed in."""

    user: User
    refresh_token: str


class Accounts:
    """Local accounts. No connection is held while a password is hashed.

    There are no transactions: each decision is one atomic update of one document, and what comes
    before it does no harm when it stays alone.
    """

    def __init__(
        self,
        database: Database,
        hasher: PasswordHasher,
        *,
        refresh_ttl_seconds: int,
        session_ttl_seconds: int,
        reuse_grace_seconds: float,
    ) -> None:
        self._database = database
        self._hasher = hasher
        self._refresh_ttl = timedelta(seconds=refresh_ttl_seconds)
        self._session_ttl = timedelta(seconds=session_ttl_seconds)
        self._reuse_grace = timedelta(seconds=reuse_grace_seconds)

    async def register(self, email: str, password: str, role: Role = Role.USER) -> User:
        """Return the new account; raise `EmailTaken`."""
        password_hash = await self._hasher.hash(password)
        try:
            async with self._database.write() as db:
                return await UserRepository(db).add(email, password_hash, role)
        except DuplicateKeyError:
            raise EmailTaken from None

    async def login(self, email: str, password: str) -> SignedIn:
        """Return the account and a token of a new family; raise `InvalidCredentials`."""
        async with self._database.write() as db:
            found = await UserRepository(db).get_by_email(email)
        if not await self._hasher.verify(found.password_hash if found else None, password):
            self._refuse(found)
        assert found is not None  # noqa: S101 # no account, no match
        new_hash = found.password_hash
        if needs_rehash(new_hash):
            new_hash = await self._hasher.hash(password)

        async with self._database.write() as db:
            user = await UserRepository(db).replace_hash(found.id, found.password_hash, new_hash)
            # Disabled, or changed by somebody else while the hash was computed.
            if user is None:
                self._refuse(found)
            now = utc_now()
            token = await RefreshTokenRepository(db).start_family(
                user, started_at=now, expires_at=self._expiry(now, started_at=now)
            )
        log.info("signed in", _event="login_succeeded", subject=str(user.id))
        return SignedIn(user, token)

    async def refresh(self, token: str) -> SignedIn | None:
        """Return the account and the next token, or None when this one is not valid."""
        async with self._database.write() as db:
            tokens = RefreshTokenRepository(db)
            family = await tokens.get_family(token)
            now = utc_now()
            if family is None or family.revoked_at or family.expires_at <= now:
                return None
            user = await UserRepository(db).get(family.user_id)
            if user is None or user.disabled_at:
                return None
            if user.token_generation != family.token_generation:
                return None
            started_at = family.family_started_at or now
            expires_at = self._expiry(now, started_at=started_at)
            if expires_at <= now:
                return None
            successor = await tokens.rotate(
                family, token, started_at=started_at, expires_at=expires_at
            )
            if successor:
                return SignedIn(user, successor)

            used_at = await tokens.used_at(token)
            reused = used_at is not None and utc_now() >= used_at + self._reuse_grace
            if reused and await tokens.revoke(family.id):
                log.warning(
                    "refresh token used again",
                    _event="refresh_reused",
                    subject=str(user.id),
                    family=str(family.id),
                )
            return None

    async def logout(self, token: str) -> None:
        """End the token's whole family; an unknown token is none to end."""
        async with self._database.write() as db:
            tokens = RefreshTokenRepository(db)
            family = await tokens.get_family(token)
            if family:
                await tokens.revoke(family.id)

    async def change_password(self, user_id: UUID, current: str, new: str) -> bool:
        """Change the password and end every token; tell whether the current one was right.

        Raises `InvalidToken` when the account is gone or disabled.
        """
        async with self._database.write() as db:
            found = await UserRepository(db).get(user_id)
        if found is None or found.disabled_at:
            raise InvalidToken
        if not await self._hasher.verify(found.password_hash, current):
            return False
        password_hash = await self._hasher.hash(new)
        async with self._database.write() as db:
            users = UserRepository(db)
            if await users.change_password(user_id, found.password_hash, password_hash):
                return True
            # Changed, disabled or removed by somebody else while the hashes were computed.
            now = await users.get(user_id)
        if now is None or now.disabled_at:
            raise InvalidToken
        return False

    async def set_password(self, email: str, new: str) -> bool:
        """Set a password without the current one; tell whether there is such an account."""
        password_hash = await self._hasher.hash(new)
        async with self._database.write() as db:
            users = UserRepository(db)
            found = await users.get_by_email(email)
            return found is not None and await users.set_password(found.id, password_hash)

    async def set_role(self, email: str, role: Role) -> bool:
        """Set the role, which counts from the next access token on; tell whether it was done."""
        async with self._database.write() as db:
            return await UserRepository(db).set_role(email, role)

    async def set_disabled(self, email: str, *, disabled: bool) -> bool:
        """Disable an account and end its tokens, or enable it; tell whether there is one."""
        async with self._database.write() as db:
            users = UserRepository(db)
            return await (users.disable(email) if disabled else users.enable(email))

    async def purge_tokens(self) -> int:
        """Remove the expired refresh tokens and return how many there were."""
        async with self._database.write() as db:
            return await RefreshTokenRepository(db).purge()

    def _expiry(self, now: datetime, *, started_at: datetime) -> datetime:
        """Return when a refresh token ends that is issued now: not after its family."""
        return min(now + self._refresh_ttl, started_at + self._session_ttl)

    def _refuse(self, user: User | None) -> NoReturn:
        subject = str(user.id) if user else None
        log.warning("sign-in failed", _event="login_failed", subject=subject)
        raise InvalidCredentials
