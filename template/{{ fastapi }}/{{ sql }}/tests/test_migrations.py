import asyncio
import shutil
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from app.commands import migrate, migration
from app.database import migration_engine
from app.orm import Base
from app.schema_history import SchemaHistory
from tests.database import alembic_for
from tests.server import UNREACHABLE_URL
from tests.service import ROOT, environment_of, run_python


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


def execute(url: str, *statements: str) -> None:
    async def run() -> None:
        engine = migration_engine(url)
        async with engine.begin() as connection:
            for statement in statements:
                await connection.execute(text(statement))
        await engine.dispose()

    asyncio.run(run())


@pytest.fixture
def project(empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the project's migrations, with the settings of a migrated database."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "migrations", tmp_path / "migrations")
    monkeypatch.chdir(tmp_path)
    for name, value in environment_of(empty_database_url).items():
        monkeypatch.setenv(name, value)
    migrate.main()
    return tmp_path


@pytest.mark.usefixtures("project")
def test_migrated_database_stays_as_it_is(empty_database_url: str) -> None:
    before = tables_of(empty_database_url)
    migrate.main()
    assert tables_of(empty_database_url) == before


def write_migration(project: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """Return the text of the migration that the command writes."""
    versions = project / "migrations" / "versions"
    before = set(versions.glob("*.py"))
    monkeypatch.setattr(sys, "argv", ["migration", *arguments])
    migration.main()
    [written] = set(versions.glob("*.py")) - before
    return written.read_text()


def test_new_migration_follows_the_last(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = write_migration(project, monkeypatch, "add price to items")
    assert written.startswith('"""Add price to items.')
    assert written.count("    pass\n") == 2, "models and migrations differ"


def test_what_is_not_ours_is_left_alone(
    project: Path, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute(
        empty_database_url,
        "CREATE TABLE billing_invoices (id integer PRIMARY KEY)",
        "CREATE INDEX ix_extra ON items (title)",
        "ALTER TABLE items ADD COLUMN legacy integer",
    )
    written = write_migration(project, monkeypatch, "add price to items")
    assert written.count("    pass\n") == 2, written


ONCE_OURS = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = {down_revision!r}


def upgrade() -> None:
    op.create_table("sketches", sa.Column("id", sa.Integer(), primary_key=True))
    op.create_index("ix_items_title", "items", ["title"])
    with op.batch_alter_table("items") as batch_op:
        batch_op.add_column(sa.Column("price", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_table("sketches")
"""


def newest(project: Path) -> str | None:
    return ScriptDirectory(project / "migrations").get_current_head()


def add_migration(project: Path, name: str, down_revision: str | None) -> None:
    source = ONCE_OURS.format(down_revision=down_revision).replace('"9999"', f'"{name}"')
    (project / "migrations" / "versions" / f"{name}.py").write_text(source)


def test_what_a_model_had_before_is_dropped(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_migration(project, "9999", newest(project))
    written = write_migration(project, monkeypatch, "drop sketches").partition("def downgrade")[0]
    assert "drop_table('sketches')" in written.replace('"', "'")
    for name in ("ix_items_title", "price"):
        assert name in written


def test_two_newest_migrations_can_be_merged(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = newest(project)
    for name in ("9998", "9999"):
        add_migration(project, name, last)
    with pytest.raises(SystemExit, match=r"9998 and 9999: .*uv run poe migration --merge"):
        migrate.main()
    path = project / "migrations" / "versions" / "9998.py"
    path.write_text(path.read_text().partition("def upgrade")[0] + "def upgrade(): pass\n")
    written = write_migration(project, monkeypatch, "--merge")
    assert "'9998', '9999'" in written.replace('"', "'")
    migrate.main()
    with pytest.raises(SystemExit, match="nothing to merge"):
        write_migration(project, monkeypatch, "--merge")


def test_migration_of_another_branch_is_named(project: Path) -> None:
    add_migration(project, "9999", newest(project))
    migrate.main()
    (project / "migrations" / "versions" / "9999.py").unlink()
    with pytest.raises(SystemExit, match="has the migration 9999, which is missing here"):
        migrate.main()


RENAMED = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "9999", {down_revision!r}


def upgrade() -> None:
    op.create_table("sketches", sa.Column("text"))
    op.rename_table("sketches", "remarks")
    op.create_table("gone")
    op.drop_table("gone")
"""


def test_dropped_and_renamed_tables_are_known(project: Path) -> None:
    (project / "migrations" / "versions" / "9999.py").write_text(
        RENAMED.format(down_revision=newest(project))
    )
    history = SchemaHistory(ScriptDirectory(project / "migrations"))
    assert history.made("remarks", "text")
    assert history.made("remarks", "remarks")
    assert not history.made("sketches", "sketches")
    assert not history.made("gone", "gone")


def test_unreachable_database_is_one_line() -> None:
    environment = environment_of(UNREACHABLE_URL)
    environment.pop("AUTH_SECRET_KEY", None)
    environment["APP_ENV"] = "production"
    for command_line in (["app.commands.migrate"], ["app.commands.migration", "add price"]):
        code, output, errors = run_python("-m", *command_line, environment=environment)
        assert (code, output) == (69, "")
        assert errors.count("\n") == 1
        assert errors.startswith("The database at ")
        assert "cannot be reached: " in errors
