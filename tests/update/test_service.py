"""A service that was lived in gets what is new, and keeps what is its own."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.support.copier_cli import copier
from tests.support.covering import for_lives
from tests.support.projects import Project, install
from tests.support.render import combinations, name_of

from .life import CONFLICT, LIVES, SPECIFICS, Life
from .repository import Repository, new_project, real_template

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    chosen = for_lives(combinations(), everything=metafunc.config.getoption("--all"))
    metafunc.parametrize("answers", chosen, ids=name_of)


def test_service_that_was_lived_in_stays_green(
    answers: dict[str, str], tmp_path: Path, workshop: Path
) -> None:
    name, life = name_of(answers), LIVES[answers["framework"]]
    template = real_template(tmp_path / "template")
    service = new_project(template, workshop / "lived-in" / name, **answers)
    life.go_on(service)
    project = install(name, service.folder)
    life.migrate_notes(project)
    succeed(project, "openapi", "format")
    service.commit()
    before = service.files()

    life.go_on_elsewhere(template, answers)
    updated = copier("update", "--trust", "--defaults", "--vcs-ref", "HEAD", cwd=service.folder)

    assert updated.returncode == 0, updated.stderr
    assert "git diff --check" in updated.stderr
    everything_is_there(life, before, service)
    resolve_conflict(life, before, service)
    project = install(name, service.folder)
    succeed(project, "openapi")
    assert service.files()["openapi.json"] == before["openapi.json"]
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda task: succeed(project, task), ("check", "test")))


def succeed(project: Project, *tasks: str) -> None:
    for task in tasks:
        finished = project.task(task)
        assert finished.returncode == 0, finished.stdout[-4000:] + finished.stderr[-2000:]


def everything_is_there(life: Life, before: dict[str, bytes], service: Repository) -> None:
    """Both sides have what they added, and the one conflict shows."""
    assert service.conflicts() == {life.disputed}
    assert service.status() == {
        **dict.fromkeys(life.merged, " M"),
        life.disputed: "UU",
        ".copier-answers.yml": " M",
        "docs/operations.md": "??",
    }
    for additions in (life.mine, life.theirs):
        for path, addition in additions.items():
            assert "\n".join(addition.lines) in service.text(path), path
    after = service.files()
    untouched = before.keys() - life.merged - {".copier-answers.yml"}
    assert {path for path in untouched if after[path] != before[path]} == set()
    # The service's own, or switched off by its users.
    assert b"notes" in after["openapi.json"]
    assert b"Changed." not in after["openapi.json"]
    assert "renovate.json" not in after
    assert service.text("AGENTS.md").endswith(f"below.\n\n{SPECIFICS}")
    (migration,) = [path for path in after if re.search(r"migrations/.*2\d+.*notes\.\w+$", path)]
    assert b"notes" in after[migration]


def resolve_conflict(life: Life, before: dict[str, bytes], service: Repository) -> None:
    """Keep the service's own line."""
    mine = before[life.disputed].decode().split("\n", 1)[0]
    theirs = mine.replace("Where all parts meet.", "Where it is put together.")
    service.replace(life.disputed, CONFLICT.format(mine=mine, theirs=theirs), f"{mine}\n")
    assert service.conflicts() == set()
