"""Migrations that are written for a database that is shared, and on two branches."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.databases import Databases
    from tests.support.projects import Project

pytestmark = [pytest.mark.on_framework("fastapi"), pytest.mark.on_database("postgres", "sqlite")]

EXTRA = '''

class Extra(Base):
    """Something that is given up later."""

    __tablename__ = "extras"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200), index=True)
'''
FOREIGN = """
create table billing_invoices (id bigint primary key, amount numeric not null, owner varchar(9));
insert into billing_invoices values (1, 9.5, 'me');
create index ix_billing_owner on billing_invoices (owner);
create table spatial_ref_sys (srid integer primary key);
create index ix_foreign on items (title);
create view titles as select title from items;
"""


class Shared:
    """A project on a database in which others keep tables, too."""

    def __init__(self, project: Project, url: str, run_sql: Callable[[str], None]) -> None:
        self.project = project
        self.run_sql = run_sql
        self.models = project.directory / "app" / "items" / "models.py"
        self.versions = project.directory / "migrations" / "versions"
        self._settings = {"APP_ENV": "development", "DATABASE_URL": url}

    def task(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.project.task(*arguments, **self._settings)

    def do(self, *arguments: str) -> None:
        done = self.task(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr

    def new_migration(self, name: str) -> str:
        """Return the text of a migration that is written for what the models have now."""
        known = set(self.versions.glob("*.py"))
        self.do("migration", name)
        (written,) = set(self.versions.glob("*.py")) - known
        return written.read_text(encoding="utf-8")


@pytest.fixture
def shared(bare: Project, tmp_path: Path, databases: Databases) -> Shared:
    if "sqlite" in bare.name:
        file = tmp_path / "shared.db"

        def run_sql(statements: str) -> None:
            with closing(sqlite3.connect(file)) as connection:
                connection.executescript(statements)

        return Shared(bare, f"sqlite:///{file}", run_sql)
    postgres = databases.postgres
    url = postgres.create_database(f"shared_{uuid4().hex[:8]}")
    return Shared(bare, url, lambda statements: postgres.run_sql(url, statements))


def test_migrations_leave_alone_what_others_own(shared: Shared) -> None:
    """What a model of the project has had is dropped with it; nothing else is."""
    shared.do("migrate")
    shared.run_sql(FOREIGN)
    models = shared.models.read_text(encoding="utf-8") + "    price: Mapped[int | None]\n"
    shared.models.write_text(models + EXTRA, encoding="utf-8")
    added = shared.new_migration("add price and extras")
    assert 'sa.Column("price", sa.Integer(), nullable=True)' in added
    assert '"extras"' in added
    shared.models.write_text(models, encoding="utf-8")
    dropped = shared.new_migration("drop extras")
    assert 'op.drop_table("extras")' in dropped
    for text in (added, dropped):
        assert not re.search("billing|spatial|ix_foreign|titles", text)
    shared.do("migrate")
    # All of it is still there, and the name is free.
    shared.run_sql(
        "insert into billing_invoices select 2, amount, owner from billing_invoices;"
        "insert into spatial_ref_sys values (4326); drop index ix_foreign; select * from titles;"
        "create table extras (id integer);"
    )


@pytest.mark.on_database("sqlite")
def test_migrations_of_two_branches_are_merged(shared: Shared) -> None:
    """Each is fine on its own branch; together they have two ends."""
    base = max(shared.versions.glob("0*.py")).stem[:4]
    for name in ("left", "right"):
        (shared.versions / f"{name}.py").write_text(
            f'"""{name}."""\n\nrevision = "{name}"\ndown_revision = "{base}"\n\n\n'
            "def upgrade() -> None:\n    pass\n\n\ndef downgrade() -> None:\n    pass\n",
            encoding="utf-8",
        )
    for task in (("migrate",), ("migration", "add something")):
        refused = shared.task(*task)
        said = refused.stdout + refused.stderr
        assert refused.returncode != 0
        (line,) = said.splitlines()
        assert "left" in line
        assert "right" in line
    command = re.search(r"`uv run poe ([^`]+)`", line)
    assert command, line
    shared.do(*command[1].split(" "))
    shared.do("migrate")
    shared.do("migration", "add something")
