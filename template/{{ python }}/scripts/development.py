"""The environment of a development machine: nothing has to be installed or configured."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from dotenv import dotenv_values

from app.settings import ENV_FILE_ENCODING, env_file
from scripts.embedded_database import development_database

ROOT = Path(__file__).parent.parent


@contextmanager
def development_environment() -> Iterator[None]:
    """Prepare `os.environ` for a command; start the embedded database when none is configured.

    An environment that names APP_ENV or DATABASE_URL is somebody's decision and stays as it is.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _exit)
    if "DATABASE_URL" not in os.environ:
        os.environ.setdefault("APP_ENV", "development")
    if os.environ.get("APP_ENV") != "development" or _configured("DATABASE_URL"):
        yield
        return
    with development_database(ROOT) as url:
        os.environ["DATABASE_URL"] = url
        yield


def _configured(name: str) -> bool:
    file = env_file()
    in_file = dotenv_values(file, encoding=ENV_FILE_ENCODING).get(name) if file else None
    return bool(os.environ.get(name) or in_file)


def _exit(number: int, _: FrameType | None) -> None:
    # As an exception, so that the database is stopped on the way out.
    sys.exit(128 + number)
