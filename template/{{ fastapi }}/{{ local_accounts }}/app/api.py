"""The features of the service: each has its routes."""

from fastapi import FastAPI

from app.auth import routes as auth
from app.auth.accounts import Accounts
from app.auth.passwords import PasswordHasher
from app.auth.tokens import AccessTokens
from app.items import routes as items
from app.rate_limits import Rule, rule
from app.settings import Settings
from app.users import routes as users

# Each checks a password, or makes an account: what somebody would try again and again.
_PASSWORD_PATHS = tuple(
    f"{auth.router.prefix}/{name}" for name in ("login", "register", "password")
)


def install(app: FastAPI, settings: Settings) -> None:
    """Add every feature, and what its routes need, to the application."""
    app.state.access_tokens = AccessTokens(
        settings.auth_secret_key.get_secret_value(), settings.access_token_ttl_seconds
    )
    app.state.accounts = Accounts(
        app.state.database,
        PasswordHasher(wait_seconds=settings.database_timeout_seconds),
        refresh_ttl_seconds=settings.refresh_token_ttl_seconds,
        session_ttl_seconds=settings.session_ttl_seconds,
        reuse_grace_seconds=settings.refresh_reuse_grace_seconds,
    )
    # The router asks them in this order: the busiest first.
    for feature in (items, users, auth):
        app.include_router(feature.router)


def rate_limits(settings: Settings) -> list[Rule]:
    """Return what each client address may ask for."""
    return [
        *rule("default", settings.rate_limit_default, "/api"),
        *rule("auth", settings.rate_limit_auth, *_PASSWORD_PATHS),
    ]
