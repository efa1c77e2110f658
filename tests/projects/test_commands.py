"""Every task that a rendered project names can be run, and says what is wrong when it cannot."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.projects import Project

PASSWORD = "correct horse battery staple"


def test_start_without_settings_lists_what_is_missing(project: Project) -> None:
    if project.uses_node:
        assert project.task("build").returncode == 0
    started = project.task("start", DATABASE_URL="")
    assert started.returncode == 78
    assert "DATABASE_URL: is required" in started.stderr.splitlines()


def test_openapi_needs_no_environment(project: Project) -> None:
    document = project.directory / "openapi.json"
    before = document.read_bytes()
    written = project.task("openapi", DATABASE_URL="")
    assert written.returncode == 0, written.stderr
    assert document.read_bytes() == before
    assert json.loads(before)["openapi"].startswith("3.1")


def test_stale_openapi_fails_the_check(project: Project) -> None:
    document = project.directory / "openapi.json"
    before = document.read_bytes()
    try:
        document.write_bytes(before.replace(b'"limit"', b'"size"'))
        checked = project.task("check")
    finally:
        document.write_bytes(before)
    assert checked.returncode != 0
    assert "openapi.json is stale" in checked.stderr


def test_migrate_runs_on_the_development_database(project: Project) -> None:
    migrated = project.task("migrate")
    assert migrated.returncode == 0, migrated.stdout + migrated.stderr


@pytest.mark.local_accounts
def test_purge_tokens_runs_on_the_development_database(project: Project) -> None:
    assert project.task("migrate").returncode == 0
    purged = project.task("purge-tokens")
    assert purged.returncode == 0, purged.stdout + purged.stderr


@pytest.mark.local_accounts
def test_accounts_are_managed_from_the_command_line(project: Project) -> None:
    assert project.task("migrate").returncode == 0
    tasks = [
        ("create", "ada@example.test", "--role", "admin"),
        ("role", "ada@example.test", "user"),
        ("disable", "ada@example.test"),
        ("enable", "ada@example.test"),
        ("password", "ada@example.test"),
    ]
    for task in tasks:
        finished = project.task("user", *task, stdin=f"{PASSWORD}\n")
        assert finished.returncode == 0, f"{task}: {finished.stdout}{finished.stderr}"
    again = project.task("user", *tasks[0], stdin=f"{PASSWORD}\n")
    assert again.returncode == 1
    assert "has an account already" in again.stderr


def test_new_migration_is_written_and_passes_the_check(project: Project) -> None:
    if "mongodb" in project.name:
        check_new_mongodb_migration(project)
        return
    if project.uses_node:
        check_new_typescript_migration(project)
        return
    models = project.directory / "app" / "items" / "models.py"
    before = models.read_text(encoding="utf-8")
    folder = project.directory / "migrations" / "versions"
    known = set(folder.iterdir())
    try:
        models.write_text(before + "    price: Mapped[int | None]\n", encoding="utf-8")
        written = project.task("migration", "add price to items")
        assert written.returncode == 0, written.stdout + written.stderr
        (migration,) = [path for path in set(folder.iterdir()) - known if path.suffix == ".py"]
        assert 'sa.Column("price", sa.Integer(), nullable=True)' in migration.read_text()
        for command in (("ruff", "check"), ("ruff", "format", "--check"), ("mypy",)):
            checked = project.run(*command)
            assert checked.returncode == 0, checked.stdout
        assert project.task("migrate").returncode == 0
    finally:
        models.write_text(before, encoding="utf-8")
        for path in set(folder.iterdir()) - known:
            if path.suffix == ".py":
                path.unlink()


def check_new_mongodb_migration(project: Project) -> None:
    written = project.task("migration", "add price to items")
    (migration,) = project.directory.glob("**/migrations/*_add_price_to_items.*")
    # Who writes the file without the command may like hyphens.
    migration = migration.rename(migration.with_name(migration.name.replace("_price", "-price")))
    unwritten, change = (
        (r"throw new .*", "await _db.collection('items').updateMany({}, { $set: { price: 0 } });")
        if project.uses_node
        else ("raise NotImplementedError", 'await db["items"].update_many({}, {"$set": {"p": 0}})')
    )
    try:
        assert written.returncode == 0, written.stdout + written.stderr
        checked = project.task("check")
        assert checked.returncode == 0, checked.stdout + checked.stderr
        # Nothing was filled in, so nothing is recorded as done.
        assert project.task("migrate").returncode != 0
        text = migration.read_text(encoding="utf-8")
        migration.write_text(re.sub(unwritten, change, text), encoding="utf-8")
        migrated = project.task("migrate")
        assert f"applied {migration.stem}" in migrated.stdout, migrated.stderr
    finally:
        migration.unlink()


def check_new_typescript_migration(project: Project) -> None:
    folder = project.directory / "src" / "migrations"
    written = project.task("migration", "add price to items")
    (migration,) = folder.glob("*_add_price_to_items.ts")
    # Who writes the file without the command may like hyphens.
    migration = migration.rename(folder / migration.name.replace("_price_to_", "-price-to-"))
    try:
        assert written.returncode == 0, written.stdout + written.stderr
        checked = project.task("check")
        assert checked.returncode == 0, checked.stdout + checked.stderr
        migrated = project.task("migrate")
        assert f"applied {migration.stem}" in migrated.stdout, migrated.stderr
        assert project.task("migrate", "--down").returncode == 0
    finally:
        migration.unlink()


def test_tasks_are_those_of_the_contract(project: Project) -> None:
    promised = {"dev", "test", "check", "format", "migrate", "migration", "openapi", "start"}
    promised |= {"user", "purge-tokens"} if project.auth == "local" else set()
    if project.uses_node:
        manifest = json.loads((project.directory / "package.json").read_text(encoding="utf-8"))
        assert promised | {"build"} == manifest["scripts"].keys()
        return
    manifest = tomllib.loads((project.directory / "pyproject.toml").read_text(encoding="utf-8"))
    tasks = manifest["tool"]["poe"]["tasks"]
    assert promised == tasks.keys()
    assert all(task["help"] for task in tasks.values())
