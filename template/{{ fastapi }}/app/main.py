"""Where the application is put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app import about, api, health
from app.clients import with_mapped
from app.database import Database
from app.logging import configure_logging
from app.metrics import Metrics
from app.middleware.body_limit import BodyLimitMiddleware
from app.middleware.context import RequestContextMiddleware
from app.middleware.cors import CorsMiddleware
from app.middleware.errors import ErrorMiddleware
from app.middleware.headers import SecurityHeadersMiddleware
from app.middleware.paths import ExactPathMiddleware
from app.middleware.rate_limits import RateLimitMiddleware
from app.openapi import install_openapi, operation_id
from app.problems import install_problem_handlers
from app.rate_limits import RateLimiter
from app.route_templates import RouteTemplates
from app.settings import Settings, settings_or_exit


def create_app(settings: Settings) -> FastAPI:
    """Return the application; it connects to nothing before its first request."""
    database = Database(
        settings.database_url.get_secret_value(),
        pool_size=settings.database_pool_size,
        timeout=settings.database_timeout_seconds,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await database.close()

    app = FastAPI(
        title=about.NAME,
        description=about.DESCRIPTION,
        version=about.VERSION,
        docs_url="/docs" if settings.docs_enabled else None,
        redoc_url=None,
        openapi_url="/openapi.json" if settings.docs_enabled else None,
        redirect_slashes=False,
        generate_unique_id_function=operation_id,
        lifespan=lifespan,
    )
    app.state.settings = settings
    app.state.database = database
    app.state.database_probe = health.DatabaseProbe(database)
    app.state.metrics = Metrics()
    api.install(app, settings)

    app.include_router(health.router)
    if settings.metrics_enabled:
        app.add_api_route("/metrics", health.metrics, include_in_schema=False)
    install_problem_handlers(app)
    install_openapi(app)
    _add_middleware(app, settings)
    return app


def create_app_from_environment() -> FastAPI:
    """Return the application for a server that imports it; exits with code 78 on bad settings."""
    settings = settings_or_exit()
    configure_logging(level=settings.log_level, log_format=settings.log_format)
    return create_app(settings)


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    """Add the middleware: what is added later is further outside."""
    storage_url = settings.rate_limit_storage_url
    limiter = RateLimiter(
        api.rate_limits(settings), storage_url.get_secret_value() if storage_url else None
    )
    app.add_middleware(ExactPathMiddleware)
    app.add_middleware(BodyLimitMiddleware, max_bytes=settings.max_body_bytes)
    app.add_middleware(RateLimitMiddleware, limiter=limiter)
    app.add_middleware(ErrorMiddleware)
    if settings.cors_origins:
        app.add_middleware(
            CorsMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=("GET", "POST", "PATCH", "DELETE"),
            allow_headers=("Authorization", "Content-Type", "X-Request-ID"),
            expose_headers=("Location", "Retry-After", "X-Request-ID"),
        )
    app.add_middleware(
        SecurityHeadersMiddleware,
        production=settings.production,
        include_subdomains=settings.hsts_include_subdomains,
    )
    app.add_middleware(
        RequestContextMiddleware, metrics=app.state.metrics, route_of=RouteTemplates(app)
    )
    if settings.trusted_proxies:
        trusted_hosts = with_mapped(settings.trusted_proxies)
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=trusted_hosts)
