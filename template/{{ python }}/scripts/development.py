"""The environment of a development machine: nothing has to be installed or configured."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from dotenv import dotenv_values

from scripts.embedded_database import development_database

ROOT = Path(__file__).parent.parent

_EX_CONFIG = 78  # sysexits.h: something was found in an unconfigured or misconfigured state


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
    try:
        # Editors on Windows begin the file with a byte order mark.
        in_file = dotenv_values(ROOT / ".env", encoding="utf-8-sig").get(name)
    except UnicodeDecodeError:
        print(".env: must be text in UTF-8", file=sys.stderr)
        sys.exit(_EX_CONFIG)
    return bool(os.environ.get(name) or in_file)


def _exit(number: int, _: FrameType | None) -> None:
    # As an exception, so that the database is stopped on the way out.
    sys.exit(128 + number)
