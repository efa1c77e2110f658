"""The check of a project's agent kit: silent while it is true, and precise when it is not."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.detection.trees import write
from tests.support.copier_cli import copier
from tests.support.render import ROOT, committed_copy, render
from tests.update.repository import Repository, new_repository

from .conftest import ANSWERS_FILE, files_of, recorded, tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Adopted

SCRIPT = ROOT / "extensions" / "agent_kit.py"


def check(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, SCRIPT, *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("check") / "shop"
    return render(write(folder, files_of("nestjs-typeorm-mysql")), scope="agent_kit")


@pytest.fixture
def project(original: Path, tmp_path: Path) -> Path:
    return shutil.copytree(original, tmp_path / "shop")


def test_new_kit_is_true(adopted: Adopted) -> None:
    before = tree(adopted.folder)
    result = check(adopted.folder)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert tree(adopted.folder) == before


def manifest(project: Path, change: Callable[[dict[str, dict[str, str]]], object]) -> None:
    """Change the package.json of a project."""
    path = project / "package.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content, indent=2))


def test_other_database_is_told_with_its_place(project: Path) -> None:
    manifest(project, lambda m: (m["dependencies"].pop("mysql2"), m["dependencies"].update(pg="8")))
    write(project, {".env.example": "DATABASE_URL=postgres://localhost/shop\n"})
    write(project, {"src/app.module.ts": "export const x = 1;\n"})
    result = check(project)
    assert result.returncode == 1
    line = next(each for each in result.stdout.splitlines() if each.startswith("project_database"))
    assert "project_database: not true any more: mysql -> postgres (Found in " in line


def test_task_that_is_gone_is_told(project: Path) -> None:
    manifest(project, lambda m: m["scripts"].pop("lint"))
    result = check(project)
    assert result.returncode == 1
    assert result.stdout == (
        "command_lint: not true any more: yarn run lint -> nothing"
        " (no file defines this task any more)\n"
    )


def test_other_task_does_not_make_a_recorded_one_false(project: Path) -> None:
    manifest(project, lambda m: m["scripts"].update({"dev": "nest start"}))
    assert check(project).returncode == 0


def test_path_that_is_gone_is_told(project: Path) -> None:
    (project / "src/migrations").rename(project / "src/versions")
    result = check(project)
    assert result.returncode == 1
    assert "path_migrations: not true any more: src/migrations -> src/versions" in result.stdout


def test_other_version_is_told(project: Path) -> None:
    manifest(project, lambda m: m["dependencies"].update(typeorm="^1.0.0"))
    result = check(project)
    assert result.returncode == 1
    assert "typeorm ^0.3.20 -> typeorm ^1.0.0 (the manifest states" in result.stdout


def test_linter_that_is_gone_is_told_and_a_new_one_is_no_fault(project: Path) -> None:
    write(project, {"biome.json": "{}"})
    result = check(project)
    assert result.returncode == 0
    assert "project_linter: not recorded: eslint -> " in result.stdout
    manifest(project, lambda m: m["devDependencies"].pop("eslint"))
    manifest(project, lambda m: m["scripts"].update(lint="biome check"))
    result = check(project, "--except", "project_versions")
    assert result.returncode == 1
    assert "project_linter: not true any more: eslint -> biome (Found in " in result.stdout


def test_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    project = render(
        write(tmp_path / "all", files_of("monorepo-with-a-backend")), scope="agent_kit"
    )
    (project / "backend").rename(project / "server")
    result = check(project)
    assert (result.returncode, result.stderr) == (1, "")
    assert "project_folder: not true any more: backend -> server" in result.stdout


def test_what_the_user_knows_better_is_left_out(project: Path) -> None:
    manifest(project, lambda m: m["scripts"].pop("lint"))
    assert check(project, "--except", "command_lint").returncode == 0


def test_answers_for_an_update_make_it_true_again(original: Path, tmp_path: Path) -> None:
    project = new_repository(shutil.copytree(original, tmp_path / "shop"))
    manifest(project.folder, lambda m: m["scripts"].pop("format"))
    manifest(project.folder, lambda m: m["dependencies"].update({"@nestjs/core": "^12.0.0"}))
    project.replace("AGENTS.md", "what you add below.\n", "what you add below.\n\nMine.\n")
    project.commit()
    answers = tmp_path / "answers.yml"
    answers.write_text(check(project.folder, "--answers").stdout)
    options = ("--trust", "--defaults", "--vcs-ref", "HEAD", "--data-file", answers)
    finished = copier("update", *options, cwd=project.folder)
    assert finished.returncode == 0, finished.stderr
    assert check(project.folder).returncode == 0
    text = project.text("AGENTS.md")
    assert "yarn run format" not in text
    assert "`@nestjs/core ^12.0.0`" in text
    assert text.endswith("\nMine.\n")
    assert project.conflicts() == set()


def test_other_answers_file_can_be_named(project: Path) -> None:
    (project / ANSWERS_FILE).rename(project / "mine.yml")
    assert check(project, "--answers-file", "mine.yml").returncode == 0
    assert check(".", "--answers-file", "mine.yml", cwd=project).returncode == 0


def test_answers_beside_those_of_another_template_are_found(project: Path) -> None:
    (project / ANSWERS_FILE).rename(project / ".copier-answers.agent-kit.yml")
    (project / ANSWERS_FILE).write_text("_src_path: gh:other/template\n")
    result = check(project)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("content", [None, "a: [", "- x", "scope: service\n", "", b"\xff\xfe\x00"])
def test_folder_without_a_kit_is_refused(content: str | bytes | None, tmp_path: Path) -> None:
    if content is not None:
        write(tmp_path, {ANSWERS_FILE: content})
    result = check(tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert ANSWERS_FILE in result.stderr
    assert "Traceback" not in result.stderr


def test_answers_that_somebody_edited_are_no_traceback(project: Path) -> None:
    answers = recorded(project)
    broken = {**answers, "project_linter": "eslint", "project_versions": None}
    del broken["project_orm"]
    (project / ANSWERS_FILE).write_text(yaml.safe_dump(broken))
    assert check(project).stderr == ""


def test_hook_of_pre_commit_fails_when_the_kit_is_not_true(original: Path, tmp_path: Path) -> None:
    project: Repository = new_repository(shutil.copytree(original, tmp_path / "shop"))
    hook = [sys.executable, "-m", "pre_commit", "try-repo", str(committed_copy()), "agent-kit"]

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(hook, cwd=project.folder, capture_output=True, text=True, check=False)

    first = run()
    assert first.returncode == 0, first.stdout + first.stderr
    manifest(project.folder, lambda m: m["scripts"].pop("test"))
    project.commit()
    second = run()
    assert second.returncode == 1
    assert "command_test: not true any more" in second.stdout
