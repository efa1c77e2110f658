"""An update renders the recorded answers, and never looks at the project again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.detection.trees import write
from tests.support.copier_cli import copier, last_line
from tests.update.repository import (
    Repository,
    new_project,
    new_repository,
    real_template,
    run_update,
)

from .conftest import ANSWERS_FILE, files_of, recorded

if TYPE_CHECKING:
    from pathlib import Path

AGENT = ".claude/agents/backend-engineer.md"
FACTS = "existing_project/facts.md"
UPDATE = ("update", "--trust", "--defaults", "--vcs-ref", "HEAD")


@pytest.fixture
def template(tmp_path: Path) -> Repository:
    return real_template(tmp_path / "template")


def adopted(
    template: Repository, folder: Path, files: dict[str, str | bytes], **answers: str
) -> Repository:
    """Return a committed project with its agent kit."""
    return new_project(template, write(folder, files), scope="agent_kit", **answers)


def release(template: Repository) -> None:
    """Add a sentence to the facts, and to the instructions."""
    template.replace(FACTS, "## Never\n\n", "## Never\n\n- Guess.\n")
    template.replace("subagent/instructions.md", "## Report\n\n", "## Report\n\n- **New**: x.\n")
    template.commit("new")


def test_later_version_is_merged_with_what_the_user_wrote(
    template: Repository, tmp_path: Path
) -> None:
    project = adopted(template, tmp_path / "shop", files_of("nestjs-typeorm-mysql"))
    project.replace("AGENTS.md", "what you add below.\n", "what you add below.\n\nMine.\n")
    project.commit()
    before = project.files()
    release(template)
    run_update(project)
    assert project.conflicts() == set()
    assert project.status() == dict.fromkeys(("AGENTS.md", AGENT, ANSWERS_FILE), " M")
    assert "- Guess.\n" in project.text("AGENTS.md")
    assert project.text("AGENTS.md").endswith("\nMine.\n")
    kept = before.keys() - {"AGENTS.md", AGENT, ANSWERS_FILE}
    assert {path: project.files()[path] for path in kept} == {path: before[path] for path in kept}


def test_project_that_has_changed_is_not_looked_at_again(
    template: Repository, tmp_path: Path
) -> None:
    project = adopted(template, tmp_path / "shop", files_of("nestjs-typeorm-mysql"))
    answers, facts = recorded(project.folder), project.text("AGENTS.md")
    for path, text in files_of("koa-knex-sqlite").items():
        project.write({path: str(text)})
    release(template)
    run_update(project)
    after = recorded(project.folder)
    assert {**after, "_commit": ""} == {**answers, "_commit": ""}
    assert project.text("AGENTS.md").replace("- Guess.\n", "") == facts


@pytest.mark.parametrize("own", [["AGENTS.md"], ["CLAUDE.md"], ["AGENTS.md", "CLAUDE.md"]])
def test_own_files_stay_the_users(own: list[str], template: Repository, tmp_path: Path) -> None:
    files = files_of("koa-knex-sqlite") | dict.fromkeys(own, "# Mine\n")
    project = adopted(template, tmp_path / "notes", files)
    release(template)
    run_update(project)
    assert project.conflicts() == set()
    assert {name: project.text(name) for name in own} == dict.fromkeys(own, "# Mine\n")
    facts = ".agents/project.md" if "AGENTS.md" in own else "AGENTS.md"
    assert project.status() == dict.fromkeys((facts, AGENT, ANSWERS_FILE), " M")


def test_file_that_the_user_writes_later_does_not_move_the_facts(
    template: Repository, tmp_path: Path
) -> None:
    """AGENTS.md was ours, so it stays ours, whatever the user makes of it."""
    project = adopted(template, tmp_path / "notes", files_of("koa-knex-sqlite"))
    project.write({"AGENTS.md": "# Mine\n", "CLAUDE.md": "# Mine\n"})
    release(template)
    run_update(project)
    assert recorded(project.folder)["own_files"] == []
    assert not project.path(".agents/project.md").exists()
    assert "# Mine\n" in project.text("AGENTS.md")


def test_another_tool_and_another_answer(template: Repository, tmp_path: Path) -> None:
    project = adopted(template, tmp_path / "notes", files_of("koa-knex-sqlite"))
    answers = ("--data", "agent_tools=[cursor]", "--data", "project_database=postgres")
    finished = copier(*UPDATE, *answers, cwd=project.folder)
    assert finished.returncode == 0, finished.stderr
    assert "The agent kit of notes: updated" in finished.stderr
    assert f"Gone with the old answer: {AGENT}, CLAUDE.md" in finished.stderr
    assert project.status() == {
        ".cursor/agents/backend-engineer.md": "??",
        AGENT: " D",
        "CLAUDE.md": " D",
        "AGENTS.md": " M",
        ANSWERS_FILE: " M",
    }
    assert "- Database: PostgreSQL" in project.text("AGENTS.md")


def test_bad_answer_changes_nothing(template: Repository, tmp_path: Path) -> None:
    project = adopted(template, tmp_path / "notes", files_of("koa-knex-sqlite"))
    finished = copier(*UPDATE, "--data", "project_database=oracle", cwd=project.folder)
    assert finished.returncode != 0
    assert "'oracle' is not in" in last_line(finished)
    assert project.status() == {}


def test_place_that_is_gone_is_dropped(template: Repository, tmp_path: Path) -> None:
    project = adopted(template, tmp_path / "notes", files_of("koa-knex-sqlite"))
    project.git("rm", "-r", "--quiet", "test")
    project.commit()
    run_update(project)
    assert "`test`" not in project.text("AGENTS.md")
    assert recorded(project.folder)["path_tests"] == ""


def test_answers_beside_those_of_another_template_are_updated(
    template: Repository, tmp_path: Path
) -> None:
    theirs = "_commit: v1\n_src_path: gh:other/template\nproject_name: Theirs\n"
    folder = write(tmp_path / "shop", files_of("nestjs-typeorm-mysql") | {ANSWERS_FILE: theirs})
    beside = ("--answers-file", ".copier-answers.agent-kit.yml")
    options = ("--trust", "--defaults", "--vcs-ref", "HEAD", "--data", "scope=agent_kit")
    made = copier("copy", *options, *beside, template.folder, folder, cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    project = new_repository(folder)
    release(template)
    for _ in range(2):
        finished = copier(*UPDATE, *beside, cwd=folder)
        assert finished.returncode == 0, finished.stderr
        assert "- Guess.\n" in project.text("AGENTS.md")
        assert project.text(ANSWERS_FILE) == theirs
        project.commit("updated")
        template.replace(FACTS, "- Guess.\n", "- Guess.\n- Rest.\n")
        template.commit("newer")


def test_kit_in_a_folder_of_a_larger_repository(template: Repository, tmp_path: Path) -> None:
    everything = new_repository(tmp_path / "all")
    write(everything.path("services/notes"), files_of("koa-knex-sqlite"))
    everything.commit()
    notes = everything.path("services/notes")
    options = ("--trust", "--defaults", "--vcs-ref", "HEAD", "--data", "scope=agent_kit")
    assert copier("copy", *options, template.folder, ".", cwd=notes).returncode == 0
    assert "# notes\n" in everything.text("services/notes/AGENTS.md")
    everything.commit()
    release(template)
    assert copier(*UPDATE, cwd=notes).returncode == 0
    assert "- Guess.\n" in everything.text("services/notes/AGENTS.md")
