"""A service that was lived in gets what is new, and keeps what is its own."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.support.copier_cli import copier
from tests.support.projects import Project, install
from tests.support.render import combinations, name_of

from . import life, life_express
from .repository import Repository, new_project, real_template

if TYPE_CHECKING:
    from pathlib import Path

LIVES = {"fastapi": life, "express": life_express}
MIGRATION = r"(src/)?migrations/(versions/)?2.*_add_notes\.\w+"


@pytest.mark.parametrize("answers", combinations(), ids=name_of)
def test_service_that_was_lived_in_stays_green(
    answers: dict[str, str], tmp_path: Path, workshop: Path, request: pytest.FixtureRequest
) -> None:
    if answers["database"] != "sqlite" and not request.config.getoption("--all"):
        pytest.skip("in every run those that need no server")
    name, framework = name_of(answers), answers["framework"]
    template = real_template(tmp_path / name)
    service = new_project(template, workshop / "lived-in" / name, **answers)
    live_in(name, framework, service)
    before = service.files()
    LIVES[framework].go_on(template)

    updated = copier("update", "--trust", "--defaults", "--vcs-ref", "HEAD", cwd=service.folder)
    assert updated.returncode == 0, updated.stderr
    compare(framework, before, service)
    succeed_at_once(install(name, service.folder), "check", "test")


def live_in(name: str, framework: str, service: Repository) -> None:
    LIVES[framework].live_in(service)
    project = install(name, service.folder)
    finished = project.task("migration", "add notes")
    assert finished.returncode == 0, finished.stderr
    if framework == "express":
        life_express.fill_in_migration(service)
    succeed(project, "openapi", "format")
    service.commit()


def succeed(project: Project, *tasks: str) -> None:
    for task in tasks:
        finished = project.task(task)
        assert finished.returncode == 0, finished.stdout[-4000:] + finished.stderr[-2000:]


def succeed_at_once(project: Project, *tasks: str) -> None:
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda task: succeed(project, task), tasks))


def compare(framework: str, before: dict[str, bytes], service: Repository) -> None:
    mine, theirs = LIVES[framework].MINE, LIVES[framework].THEIRS
    assert service.conflicts() == set()
    assert service.status() == {
        **dict.fromkeys(theirs, " M"),
        ".copier-answers.yml": " M",
        "docs/operations.md": "??",
    }
    for path in theirs:
        lines = service.text(path).splitlines()
        assert [line for line in mine[path] if line not in lines] == [], path
        assert [line for line in theirs[path] if line not in lines] == [], path
    after = service.files()
    untouched = before.keys() - {*theirs, ".copier-answers.yml"}
    assert {path for path in untouched if after[path] != before[path]} == set()
    # The service's own, or switched off by its users.
    assert b"notes" in after["openapi.json"]
    assert b"Changed." not in after["openapi.json"]
    assert "renovate.json" not in after
    assert service.text("AGENTS.md").endswith(f"below.\n\n{life.SPECIFICS}")
    (migration,) = [path for path in after if re.fullmatch(MIGRATION, path)]
    assert b"notes" in after[migration]
