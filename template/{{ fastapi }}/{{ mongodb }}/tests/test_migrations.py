import asyncio
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pymongo import IndexModel
from pymongo.errors import OperationFailure
from structlog.testing import capture_logs

from app import migrator
from app.commands import migrate, migration
from app.database import migration_database
from tests.database import migrate_url
from tests.server import UNREACHABLE_URL
from tests.service import ROOT, environment_of, run_python

NAMES = [path.stem for path in migrator.migrations()]


@pytest.fixture
def project(empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the project's migrations, with the settings of an empty database."""
    shutil.copytree(ROOT / "migrations", tmp_path / "migrations")
    monkeypatch.chdir(tmp_path)
    for name, value in environment_of(empty_database_url).items():
        monkeypatch.setenv(name, value)
    return tmp_path


@pytest.mark.usefixtures("project")
def test_command_applies_each_migration_once(capsys: pytest.CaptureFixture[str]) -> None:
    migrate.main()
    assert capsys.readouterr().out.splitlines() == [f"applied {name}" for name in NAMES]
    migrate.main()
    assert capsys.readouterr().out == ""


def test_unreachable_database_is_one_line() -> None:
    environment = environment_of(f"{UNREACHABLE_URL}?serverSelectionTimeoutMS=100")
    environment.pop("AUTH_SECRET_KEY", None)
    environment["APP_ENV"] = "production"
    code, output, errors = run_python("-m", "app.commands.migrate", environment=environment)
    assert (code, output) == (69, "")
    assert errors.count("\n") == 1
    assert errors.startswith("The database at 127.0.0.1:1/nowhere cannot be reached: ")


def test_migration_of_another_branch_is_named(project: Path) -> None:
    extra = project / "migrations" / "9999_prices.py"
    extra.write_text("async def upgrade(db):\n    pass\n")
    migrate.main()
    extra.unlink()
    with pytest.raises(SystemExit, match="has the migration 9999_prices, which is missing here"):
        migrate.main()


async def test_parallel_processes_apply_each_once(empty_database_url: str) -> None:
    applied = await asyncio.gather(*(migrate_url(empty_database_url) for _ in range(4)))
    assert sorted(name for names in applied for name in names) == NAMES


async def test_interrupted_migration_runs_again(empty_database_url: str) -> None:
    await migrate_url(empty_database_url)
    async with migration_database(empty_database_url) as db:
        before = [found async for found in await db.list_collections()]
        # As if each had been through, but for its record.
        await db["migrations"].delete_many({})
        assert await migrator.migrate(db) == NAMES
        assert [found async for found in await db.list_collections()] == before


async def test_failed_migration_is_not_recorded(project: Path, empty_database_url: str) -> None:
    broken = project / "migrations" / "9999_broken.py"
    broken.write_text("async def upgrade(db):\n    await db.command('nonsense')\n")
    with pytest.raises(OperationFailure, match="nonsense"):
        await migrate_url(empty_database_url)
    broken.write_text("async def upgrade(db):\n    pass\n")
    assert await migrate_url(empty_database_url) == ["9999_broken"]


@pytest.mark.parametrize(("expires_in", "waits"), [(-1, False), (30, True)])
async def test_lock_of_a_dead_process_is_taken_over(
    empty_database_url: str,
    expires_in: int,
    waits: bool,  # noqa: FBT001
) -> None:
    async with migration_database(empty_database_url) as db:
        expires_at = datetime.now(UTC) + timedelta(seconds=expires_in)
        lock = {"_id": "migrate", "owner": "a dead one", "expires_at": expires_at}
        await db["migration_locks"].insert_one(lock)
        with capture_logs() as logs:
            migrating = asyncio.create_task(migrate_url(empty_database_url))
            done, _ = await asyncio.wait({migrating}, timeout=1 if waits else 30)
        assert bool(done) is not waits
        assert ["waiting" in line["event"] for line in logs] == [True] * waits
        await db["migration_locks"].delete_one({"owner": "a dead one"})
        await migrating
        assert await db["migration_locks"].count_documents({}) == 0


async def test_long_migration_keeps_its_lock(
    project: Path, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrator, "_LEASE", timedelta(seconds=0.5))
    long = "import asyncio\n\nasync def upgrade(db):\n    await asyncio.sleep(1.5)\n"
    (project / "migrations" / "0000_long.py").write_text(long)
    applied = await asyncio.gather(*(migrate_url(empty_database_url) for _ in range(2)))
    assert sorted(map(len, applied)) == [0, len(NAMES) + 1]


@pytest.mark.usefixtures("project")
def test_new_migration_follows_the_last(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["migration", 'add "price" to items'])
    migration.main()
    written = migrator.migrations()[-1]
    assert written.name == f"{len(NAMES) + 1:04}_add_price_to_items.py"
    assert str(written) in capsys.readouterr().out
    assert written.read_text().startswith('"""Add price to items."""\n')
    with pytest.raises(NotImplementedError):
        migrate.main()


@pytest.mark.usefixtures("project")
def test_migration_needs_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["migration", "…"])
    with pytest.raises(SystemExit, match="needs letters or digits"):
        migration.main()


@pytest.mark.usefixtures("project")
def test_long_name_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["migration", "add price " * 30])
    migration.main()
    assert len(migrator.migrations()[-1].name) < 80


async def test_server_without_validators_goes_without(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = {"bsonType": "nonsense"}
    index = IndexModel("name", name="name")
    async with migration_database(empty_database_url) as db:
        # What is wrong with the schema itself is our own fault.
        with pytest.raises(OperationFailure) as refused:
            await migrator.put_collection(db, "things", schema=schema, indexes=[index])
        monkeypatch.setattr(migrator, "_NOT_SUPPORTED", {refused.value.code})
        with capture_logs() as logs:
            await migrator.put_collection(db, "things", schema=schema, indexes=[index])
        assert [line["collection"] for line in logs] == ["things"]
        assert (await db["things"].index_information()).keys() == {"_id_", "name"}
