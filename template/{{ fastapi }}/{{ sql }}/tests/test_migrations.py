import asyncio
import shutil
import sys
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, inspect

from app.commands import migrate, migration
from app.database import migration_engine
from app.orm import Base
from tests.database import alembic_for
from tests.service import ROOT, environment_of


def tables_of(url: str) -> set[str]:
    async def read() -> set[str]:
        engine = migration_engine(url)
        async with engine.connect() as connection:
            names = await connection.run_sync(table_names)
        await engine.dispose()
        return names

    return asyncio.run(read())


def table_names(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def test_migrations_go_down_and_up_again(empty_database_url: str) -> None:
    expected = {*Base.metadata.tables, "alembic_version"}
    with alembic_for(empty_database_url) as config:
        command.upgrade(config, "head")
        assert tables_of(empty_database_url) == expected
        command.downgrade(config, "base")
        assert tables_of(empty_database_url) == {"alembic_version"}
        command.upgrade(config, "head")
    assert tables_of(empty_database_url) == expected


def test_models_have_no_pending_change(database_url: str) -> None:
    with alembic_for(database_url) as config:
        command.check(config)


@pytest.fixture
def project(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the project's migrations, with the settings of a migrated database."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "migrations", tmp_path / "migrations")
    monkeypatch.chdir(tmp_path)
    for name, value in environment_of(database_url).items():
        monkeypatch.setenv(name, value)
    return tmp_path


@pytest.mark.usefixtures("project")
def test_migrated_database_stays_as_it_is(database_url: str) -> None:
    before = tables_of(database_url)
    migrate.main()
    assert tables_of(database_url) == before


def test_new_migration_follows_the_last(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = project / "migrations" / "versions"
    before = set(versions.glob("*.py"))
    monkeypatch.setattr(sys, "argv", ["migration", "add price to items"])
    migration.main()
    [written] = set(versions.glob("*.py")) - before
    assert written.name.endswith("_add_price_to_items.py")
    assert written.read_text().count("    pass\n") == 2, "models and migrations differ"
