"""§8: migrations."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from .administrator import Tenant
from .service import Service, at_once, run_command
from .target import Target

MIGRATION = re.compile(r"\d+_\w+\.(?:py|js|ts)")


def test_applying_again_changes_nothing(target: Target, service: Service) -> None:
    for done in at_once(2, lambda _: run_command(target, target.migrate)):
        assert done.returncode == 0, done.stdout + done.stderr
    assert service.get("/health/ready").status_code == 200


@pytest.mark.administrator
def test_several_processes_may_begin_at_once(target: Target) -> None:
    with Tenant(target) as tenant:
        for done in at_once(
            3, lambda _: run_command(target, target.migrate, DATABASE_URL=tenant.url)
        ):
            assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.administrator
@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_database_that_cannot_hold_every_text_is_refused(target: Target, encoding: str) -> None:
    options = f"encoding '{encoding}' locale_provider libc locale 'C' template template0"
    with Tenant(target, options) as tenant:
        done = run_command(target, target.migrate, DATABASE_URL=tenant.url)
        assert done.returncode not in {0, 69}
        (line,) = done.stderr.splitlines()
        assert encoding in line
        assert "UTF8" in line
        tables = "select count(*) from pg_tables where schemaname = 'public'"
        assert tenant.inside(tables) == "0"


def test_migration_that_is_missing_here_is_named(target: Target, tmp_path: Path) -> None:
    """It was applied from another branch: going on could break what it did."""
    branch = tmp_path / "branch"
    ignore = shutil.ignore_patterns(".venv", ".data", ".git", "__pycache__")
    shutil.copytree(target.directory, branch, symlinks=True, ignore=ignore)
    files = [file for file in branch.rglob("migrations/**/*") if MIGRATION.fullmatch(file.name)]
    last = max(file.stem for file in files)
    for file in files:
        if file.stem == last:
            file.unlink()
    done = run_command(replace(target, directory=branch), target.migrate)
    assert done.returncode != 0, done.stdout
    (line,) = done.stderr.splitlines()
    assert last.partition("_")[0] in line
