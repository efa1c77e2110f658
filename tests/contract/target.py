"""What the suite knows about a service: how to run it, and which database it uses."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .identity import Identity


@dataclass(frozen=True)
class DatabaseTarget:
    kind: str  # "postgres" | "sqlite" | "mongodb"
    url: str  # DATABASE_URL of a fresh, empty database
    stop: tuple[str, ...] = ()  # argv that stops the server at once (empty for sqlite)
    start: tuple[str, ...] = ()  # argv that starts it again, returns when it accepts connections
    # argv, without the name of a database, that runs the SQL on its stdin in that database as the
    # server's administrator and prints the rows: `psql -At -v ON_ERROR_STOP=1 -U postgres`
    sql: tuple[str, ...] = ()


@dataclass(frozen=True)
class Target:
    """One rendered service, as the suite sees it."""

    name: str  # "fastapi-postgres-local"
    directory: Path  # where the commands run
    start: tuple[str, ...]  # argv of the production start
    migrate: tuple[str, ...]  # argv that applies the migrations
    user: tuple[str, ...]  # argv prefix of the `user` command; the password comes on stdin
    purge_tokens: tuple[str, ...]
    # What every command needs besides the suite's own settings. Not hashed: pytest groups the
    # tests of a service by the hash of their parameter, and a dictionary has none.
    environment: dict[str, str] = field(hash=False)
    auth: str  # "local", or the identity provider: "oidc", "keycloak", ...
    database: DatabaseTarget
    # The suite's own identity provider, which the environment above points at.
    identity: Identity | None = field(default=None, compare=False)

    @property
    def kind(self) -> str:
        return self.database.kind

    @classmethod
    def from_json(cls, path: Path | str) -> Target:
        """Return the target described by the file: the keys are the names of the fields."""
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        database = data["database"]
        return cls(
            name=data["name"],
            directory=Path(data["directory"]),
            start=tuple(data["start"]),
            migrate=tuple(data["migrate"]),
            user=tuple(data.get("user", ())),
            purge_tokens=tuple(data.get("purge_tokens", ())),
            environment=dict(data.get("environment", {})),
            auth=data["auth"],
            database=DatabaseTarget(
                kind=database["kind"],
                url=database["url"],
                stop=tuple(database.get("stop", ())),
                start=tuple(database.get("start", ())),
                sql=tuple(database.get("sql", ())),
            ),
        )


@dataclass(frozen=True)
class Candidate:
    """A service that is not rendered yet: enough to choose the tests that apply to it."""

    name: str
    auth: str
    kind: str
    # Otherwise only what differs by provider, for which others speak in everything else.
    whole: bool = True


@cache  # pytest compares parameters by identity
def read_target(path: str) -> Target:
    return Target.from_json(path)
