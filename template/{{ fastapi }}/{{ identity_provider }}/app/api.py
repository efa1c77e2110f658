"""The features of the service: each has its routes."""

from fastapi import FastAPI

from app.auth import provider
from app.auth.key_source import KeySource
from app.auth.keys import SigningKeys
from app.auth.tokens import AccessTokens
from app.items import routes as items
from app.rate_limits import Rule, rule
from app.settings import Settings
from app.users import routes as users


def install(app: FastAPI, settings: Settings) -> None:
    """Add every feature, and what its routes need, to the application."""
    source = KeySource(
        settings.oidc_issuer,
        settings.oidc_jwks_url,
        algorithms=provider.ALGORITHMS,
        production=settings.production,
    )
    app.state.access_tokens = AccessTokens(SigningKeys(source), settings)
    # The router asks them in this order: the busiest first.
    for feature in (items, users):
        app.include_router(feature.router)


def rate_limits(settings: Settings) -> list[Rule]:
    """Return what each client address may ask for."""
    return rule("default", settings.rate_limit_default, "/api")
