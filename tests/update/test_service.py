"""A service that was lived in gets what is new, and keeps what is its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.support.copier_cli import copier
from tests.support.projects import Project, install
from tests.support.render import combinations, name_of

from . import life
from .repository import Repository, new_project, real_template

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_service_that_was_lived_in_stays_green(
    tmp_path: Path, workshop: Path, request: pytest.FixtureRequest
) -> None:
    every = request.config.getoption("--all")
    # In every run the one that needs no server.
    chosen = [each for each in combinations() if every or each["database"] == "sqlite"]
    for answers in chosen:
        name = name_of(answers)
        template = real_template(tmp_path / name)
        service = new_project(template, workshop / "lived-in" / name, **answers)
        live_in(name, service)
        before = service.files()
        life.go_on(template)

        updated = copier(
            *("update", "--trust", "--defaults", "--vcs-ref", "HEAD"), cwd=service.folder
        )
        assert updated.returncode == 0, updated.stderr
        compare(before, service)
        succeed(install(name, service.folder), "check", "test")


def live_in(name: str, service: Repository) -> None:
    life.live_in(service)
    project = install(name, service.folder)
    finished = project.run("poe", "-q", "migration", "add notes")
    assert finished.returncode == 0, finished.stderr
    succeed(project, "openapi")
    assert project.run("ruff", "format").returncode == 0
    service.commit()


def succeed(project: Project, *tasks: str) -> None:
    for task in tasks:
        finished = project.run("poe", "-q", task)
        assert finished.returncode == 0, finished.stdout[-4000:] + finished.stderr[-2000:]


def compare(before: dict[str, bytes], service: Repository) -> None:
    assert service.conflicts() == set()
    assert service.status() == {
        **dict.fromkeys(life.MERGED, " M"),
        ".copier-answers.yml": " M",
        "docs/operations.md": "??",
    }
    for path in life.MERGED:
        lines = service.text(path).splitlines()
        assert [line for line in life.MINE[path] if line not in lines] == [], path
        assert [line for line in life.THEIRS[path] if line not in lines] == [], path
    after = service.files()
    untouched = before.keys() - {*life.MERGED, ".copier-answers.yml"}
    assert {path for path in untouched if after[path] != before[path]} == set()
    # The service's own, or switched off by its users.
    assert b"notes" in after["openapi.json"]
    assert b"Changed." not in after["openapi.json"]
    assert "renovate.json" not in after
    assert service.text("AGENTS.md").endswith(f"below.\n\n{life.SPECIFICS}")
    (migration,) = [path for path in after if re.fullmatch(r"migrations/versions/2.*\.py", path)]
    assert b"notes" in after[migration]
