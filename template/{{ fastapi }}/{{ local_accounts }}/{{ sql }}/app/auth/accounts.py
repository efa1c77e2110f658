"""Accounts: what it takes to sign up, sign in and stay signed in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn
from uuid import UUID

import structlog
from sqlalchemy.exc import IntegrityError

from app.auth.passwords import PasswordHasher, needs_rehash
from app.auth.problems import EmailTaken, InvalidCredentials
from app.auth.repository import RefreshTokenRepository
from app.auth.subject import Role
from app.database import Database
from app.orm import new_id, utc_now
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
    """Local accounts. No connection is held while a password is hashed."""

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
            async with self._database.write() as session:
                return await UserRepository(session).add(email, password_hash, role)
        except IntegrityError:
            raise EmailTaken from None

    async def login(self, email: str, password: str) -> SignedIn:
        """Return the account and a token of a new family; raise `InvalidCredentials`."""
        async with self._database.read() as session:
            found = await UserRepository(session).get_by_email(email)
        if not await self._hasher.verify(found.password_hash if found else None, password):
            self._refuse(found)
        assert found is not None  # noqa: S101 # no account, no match
        new_hash = None
        if needs_rehash(found.password_hash):
            new_hash = await self._hasher.hash(password)

        async with self._database.write() as session:
            user = await UserRepository(session).lock(found.id)
            # Disabled, or changed by somebody else while the hash was computed.
            if user is None or user.disabled_at or user.password_hash != found.password_hash:
                self._refuse(found)
            if new_hash:
                user.password_hash = new_hash
            now = utc_now()
            token = RefreshTokenRepository(session).add(
                user.id, new_id(), started_at=now, expires_at=self._expiry(now, started_at=now)
            )
        log.info("signed in", _event="login_succeeded", subject=str(user.id))
        return SignedIn(user, token)

    async def refresh(self, token: str) -> SignedIn | None:
        """Return the account and the next token, or None when this one is not valid."""
        async with self._database.write() as session:
            tokens = RefreshTokenRepository(session)
            known = await tokens.get(token)
            if known is None:
                return None
            # The account first, as everybody who ends its tokens does: no new token can then
            # appear behind their back, and no two of them wait for each other.
            user = await UserRepository(session).lock(known.user_id)
            if user is None or user.disabled_at:
                return None
            now = utc_now()
            started_at = known.family_started_at or now
            expires_at = self._expiry(now, started_at=started_at)
            if expires_at <= now:
                return None
            if await tokens.claim(known.id):
                successor = tokens.add(
                    user.id, known.family_id, started_at=started_at, expires_at=expires_at
                )
                return SignedIn(user, successor)

            known = await tokens.get(token)
            if known and known.used_at and not known.revoked_at:
                grace_ends = known.used_at + self._reuse_grace
                if utc_now() >= grace_ends:
                    await tokens.revoke_family(known.family_id)
                    log.warning(
                        "refresh token used again",
                        _event="refresh_reused",
                        subject=str(user.id),
                        family=str(known.family_id),
                    )
            # Returned, not raised: an exception would roll the revocation back.
            return None

    async def logout(self, token: str) -> None:
        """End the token's whole family; an unknown token is none to end."""
        async with self._database.write() as session:
            tokens = RefreshTokenRepository(session)
            known = await tokens.get(token)
            if known is None:
                return
            await UserRepository(session).lock(known.user_id)
            await tokens.revoke_family(known.family_id)

    async def change_password(self, user_id: UUID, current: str, new: str) -> bool:
        """Change the password and end every token; tell whether the current one was right.

        Raises `InvalidToken` when the account is gone or disabled.
        """
        async with self._database.read() as session:
            found = await UserRepository(session).get(user_id)
        if found is None or found.disabled_at:
            raise InvalidToken
        if not await self._hasher.verify(found.password_hash, current):
            return False
        password_hash = await self._hasher.hash(new)
        async with self._database.write() as session:
            user = await UserRepository(session).lock(user_id)
            if user is None or user.disabled_at:
                raise InvalidToken
            # Somebody else changed it while the hashes were computed.
            if user.password_hash != found.password_hash:
                return False
            user.password_hash = password_hash
            await RefreshTokenRepository(session).revoke_user(user_id)
            return True

    async def set_password(self, email: str, new: str) -> bool:
        """Set a password without the current one; tell whether there is such an account."""
        password_hash = await self._hasher.hash(new)
        async with self._database.read() as session:
            found = await UserRepository(session).get_by_email(email)
        if found is None:
            return False
        async with self._database.write() as session:
            user = await UserRepository(session).lock(found.id)
            if user is None:
                return False
            user.password_hash = password_hash
            await RefreshTokenRepository(session).revoke_user(user.id)
            return True

    async def set_role(self, email: str, role: Role) -> bool:
        """Set the role, which counts from the next access token on; tell whether it was done."""
        async with self._database.write() as session:
            user = await UserRepository(session).get_by_email(email)
            if user is None:
                return False
            user.role = role
            return True

    async def set_disabled(self, email: str, *, disabled: bool) -> bool:
        """Disable an account and end its tokens, or enable it; tell whether there is one."""
        async with self._database.read() as session:
            found = await UserRepository(session).get_by_email(email)
        if found is None:
            return False
        async with self._database.write() as session:
            user = await UserRepository(session).lock(found.id)
            if user is None:
                return False
            user.disabled_at = utc_now() if disabled else None
            if disabled:
                await RefreshTokenRepository(session).revoke_user(user.id)
            return True

    async def purge_tokens(self) -> int:
        """Remove the expired refresh tokens and return how many there were."""
        async with self._database.write() as session:
            return await RefreshTokenRepository(session).purge()

    def _expiry(self, now: datetime, *, started_at: datetime) -> datetime:
        """Return when a refresh token ends that is issued now: not after its family."""
        return min(now + self._refresh_ttl, started_at + self._session_ttl)

    def _refuse(self, user: User | None) -> NoReturn:
        subject = str(user.id) if user else None
        log.warning("sign-in failed", _event="login_failed", subject=subject)
        raise InvalidCredentials
