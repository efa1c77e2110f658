"""Starts the service under test: inside this process, or as a process of its own."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TextIO

import uvicorn
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient

from app.database_url import EXAMPLE_URL
from app.http_protocol import KEEP_ALIVE_SECONDS, HttpProtocol
from app.main import create_app
from app.settings import Settings
from tests import identity

ROOT = Path(__file__).parent.parent
CLIENT = "127.0.0.1"
PATIENCE_SECONDS = 60  # for a process of its own


def environment_of(database_url: str, **changes: str) -> dict[str, str]:
    """Return the environment variables of a service under test."""
    settings = {
        "app_env": "test",
        "database_url": database_url,
        "rate_limit_default": "off",
        **identity.SETTINGS,
        **changes,
    }
    return {name.upper(): value for name, value in settings.items()}


def settings_of(database_url: str = EXAMPLE_URL, **changes: str) -> Settings:
    """Return the settings of a service under test, as if they came from its environment."""
    environment = environment_of(database_url, **changes)
    return Settings.model_validate({name.lower(): value for name, value in environment.items()})


@asynccontextmanager
async def running_app(settings: Settings) -> AsyncIterator[FastAPI]:
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


@asynccontextmanager
async def client_of(app: FastAPI, *, address: str = CLIENT) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(app, client=(address, 50_000))
    async with AsyncClient(transport=transport, base_url="http://service") as client:
        yield client


@asynccontextmanager
async def listening(app: FastAPI) -> AsyncIterator[int]:
    """Give the port of the application on the server that production has."""
    settings: Settings = app.state.settings
    config = uvicorn.Config(
        app,
        http=HttpProtocol.with_limits(
            request_timeout_seconds=settings.request_timeout_seconds,
            max_body_bytes=settings.max_body_bytes,
        ),
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    with socket.create_server((CLIENT, 0)) as listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield listener.getsockname()[1]
        server.should_exit = True
        await serving


@contextmanager
def python_process(
    *arguments: str, environment: Mapping[str, str], stdout: TextIO | int = subprocess.PIPE
) -> Iterator[subprocess.Popen[str]]:
    """Give `python ARGUMENTS` with the settings of the environment; at the end it is killed."""
    with subprocess.Popen(  # noqa: S603 # our own code
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def run_python(*arguments: str, environment: Mapping[str, str]) -> tuple[int, str, str]:
    """Return the exit code of `python ARGUMENTS` and what it wrote to each stream."""
    with python_process(*arguments, environment=environment) as process:
        output, errors = process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode, output, errors
