"""The URL of an SQLite file."""

from urllib.parse import urlsplit

EXAMPLE_URL = "sqlite:///example.db"

_SCHEMES = ("sqlite", "sqlite+aiosqlite")


def check_url(url: str) -> None:
    """Raise `ValueError` when this is no URL of an SQLite file."""
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES or parts.netloc or parts.path.strip("/") in {"", ":memory:"}:
        message = "must look like sqlite:///relative/path.db or sqlite:////absolute/path.db"
        raise ValueError(message)


def driver_url(url: str) -> str:
    """Return the URL with the driver in its scheme."""
    return f"sqlite+aiosqlite:{url.partition(':')[2]}"


def place_of(url: str) -> str:
    """Return the path of the file."""
    return urlsplit(url).path.removeprefix("/")
