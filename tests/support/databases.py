"""Empty databases for services under test, on servers that start when they are first needed."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from tests.contract.target import DatabaseTarget
from tests.support.mongodb import MongoDB, running_mongodb
from tests.support.postgres import Postgres, running_postgres

if TYPE_CHECKING:
    from pathlib import Path


class Databases(ExitStack):
    """One server of each kind below a folder, which the account of a server must be able to reach."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._postgres: Postgres | None = None
        self._mongodb: MongoDB | None = None

    @property
    def postgres(self) -> Postgres:
        """One PostgreSQL server."""
        if self._postgres is None:
            self._postgres = self.enter_context(running_postgres(self._folder / "postgres"))
        return self._postgres

    @property
    def mongodb(self) -> MongoDB:
        """The MongoDB server of this machine, through a port of our own."""
        if self._mongodb is None:
            self._mongodb = self.enter_context(running_mongodb(self._folder / "mongodb"))
        return self._mongodb

    def new(self, kind: str, name: str) -> DatabaseTarget:
        """Return an empty database of this kind."""
        if kind == "sqlite":
            return DatabaseTarget(kind, f"sqlite:///{self._folder / name}.db")
        if kind == "mongodb":
            command = self.mongodb.command
            url = self.mongodb.new_database(name)
            return DatabaseTarget(kind, url, stop=command("stop"), start=command("start"))
        command = self.postgres.command
        return DatabaseTarget(
            kind,
            self.postgres.create_database(name),
            stop=command("stop"),
            start=command("start"),
            sql=command("sql"),
        )
