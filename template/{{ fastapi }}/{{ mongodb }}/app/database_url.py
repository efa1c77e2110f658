"""The URL of a MongoDB deployment."""

import re
from typing import Any
from urllib.parse import unquote

from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from app import about

EXAMPLE_URL = "mongodb://localhost/example"


def check_url(url: str) -> None:
    """Raise `ValueError` when this is no URL of a MongoDB deployment."""
    try:
        # Without a scheme, it would stand for a host.
        client = AsyncMongoClient[dict[str, Any]](url if "://" in url else "://")
        client.get_default_database(about.SLUG)
    except (PyMongoError, ValueError, TypeError):
        message = "must look like mongodb://user:password@host:27017/database or mongodb+srv://"
        raise ValueError(message) from None
    except OSError:
        message = "names a file that cannot be read"
        raise ValueError(message) from None


def place_of(url: str) -> str:
    """Return where the database is, without the credentials: `host:port/database`."""
    authority, _, rest = url.partition("://")[2].partition("/")
    hosts = authority.rpartition("@")[2].partition("?")[0].split(",")
    if not url.startswith("mongodb+srv:"):
        hosts = [host if re.search(r":[0-9]+$", host) else f"{host}:27017" for host in hosts]
    return f"{','.join(hosts)}/{unquote(rest.partition('?')[0]) or about.SLUG}"
