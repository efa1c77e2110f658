"""Adding the agent kit from the real command line: what is written, and what is refused."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.detection.trees import EXPRESS, write
from tests.support.copier_cli import copier, last_line
from tests.support.render import committed_copy

from .conftest import ANSWERS_FILE, files_of, recorded, tree

OPTIONS = ("--trust", "--vcs-ref", "HEAD")
ADOPT = ("--defaults", "--data", "scope=agent_kit")
AGENT = ".claude/agents/backend-engineer.md"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project on a stack of which no service is rendered."""
    return write(tmp_path / "shop", files_of("nestjs-typeorm-mysql"))


def adopt(project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return copier(
        "copy", *OPTIONS, *ADOPT, *options, committed_copy(), project.name, cwd=project.parent
    )


def refused(project: Path, *options: str) -> str:
    """Assert that the kit is refused and nothing changes; return why."""
    before = tree(project) if project.is_dir() else {}
    finished = adopt(project, *options)
    assert finished.returncode != 0
    assert (tree(project) if project.is_dir() else {}) == before
    return last_line(finished)


class TestFiles:
    def test_closing_message_says_what_was_written_and_recorded(self, project: Path) -> None:
        finished = adopt(project)
        assert finished.returncode == 0, finished.stderr
        assert "The agent kit of shop is in shop" in finished.stderr
        assert f"{AGENT} AGENTS.md CLAUDE.md" in finished.stderr
        assert "It says: TypeScript, NestJS, MySQL, TypeORM" in finished.stderr
        assert "was not touched" not in finished.stderr

    @pytest.mark.parametrize("own", [["AGENTS.md"], ["CLAUDE.md"], ["AGENTS.md", "CLAUDE.md"]])
    def test_own_files_stay_and_the_line_to_add_is_told(
        self, own: list[str], project: Path
    ) -> None:
        write(project, dict.fromkeys(own, "# Mine\n"))
        before = tree(project)
        finished = adopt(project)
        assert finished.returncode == 0, finished.stderr
        after = tree(project)
        assert {path: after[path] for path in before} == before
        facts = ".agents/project.md" if "AGENTS.md" in own else "AGENTS.md"
        written = {facts, AGENT, ANSWERS_FILE, *({"CLAUDE.md"} - set(own))}
        assert after.keys() - before.keys() == written
        assert b"## Stack" in after[facts]
        assert recorded(project)["own_files"] == own
        for name in own:
            assert f"{name} is yours and was not touched. Add this line to it:" in finished.stderr
        if "AGENTS.md" in own:
            assert "Read `.agents/project.md` first" in finished.stderr
            assert b"`.agents/project.md`" in after[AGENT]
        if "CLAUDE.md" in own:
            assert f"\n    @{facts}\n" in finished.stderr
        elif "AGENTS.md" in own:
            assert after["CLAUDE.md"] == b"@AGENTS.md\n@.agents/project.md\n"

    def test_link_between_own_files_is_kept(self, project: Path) -> None:
        write(project, {"AGENTS.md": "# Mine\n"})
        (project / "CLAUDE.md").symlink_to("AGENTS.md")
        assert adopt(project).returncode == 0
        assert (project / "CLAUDE.md").is_symlink()
        assert (project / "AGENTS.md").read_text() == "# Mine\n"

    def test_link_to_nowhere_is_kept(self, project: Path) -> None:
        (project / "AGENTS.md").symlink_to("elsewhere.md")
        assert adopt(project).returncode == 0
        assert (project / "AGENTS.md").is_symlink()
        assert not (project / "elsewhere.md").exists()

    def test_line_that_is_there_is_not_asked_for(self, project: Path) -> None:
        write(project, {"CLAUDE.md": "@AGENTS.md\n"})
        assert "Add this line" not in adopt(project).stderr

    def test_tools_are_chosen(self, project: Path) -> None:
        before = tree(project)
        assert adopt(project, "--data", "agent_tools=[codex, opencode]").returncode == 0
        assert tree(project).keys() - before.keys() == {
            "AGENTS.md",
            ".codex/agents/backend-engineer.toml",
            ".opencode/agents/backend-engineer.md",
            ANSWERS_FILE,
        }

    def test_answer_wins_over_what_was_found(self, project: Path) -> None:
        options = ("project_orm=", "command_test=yarn test:all", "project_linter=[]")
        finished = adopt(project, *(word for each in options for word in ("--data", each)))
        assert finished.returncode == 0, finished.stderr
        text = (project / "AGENTS.md").read_text()
        assert "yarn test:all" in text
        assert "- Data access" not in text
        assert "- Lint" not in text

    def test_conflict_is_told_and_not_guessed(self, tmp_path: Path) -> None:
        project = write(tmp_path / "api", files_of("conflicting-databases"))
        finished = adopt(project)
        assert finished.returncode == 0, finished.stderr
        assert "because the files disagree: database (" in finished.stderr
        assert "MySQL" in finished.stderr
        assert "- Database" not in (project / "AGENTS.md").read_text()

    def test_several_backends_are_a_conflict_until_one_is_named(self, tmp_path: Path) -> None:
        one = {f"one/{path}": text for path, text in files_of("koa-knex-sqlite").items()}
        two = {f"two/{path}": text for path, text in files_of("fastapi-tortoise").items()}
        project = write(tmp_path / "both", one | two)
        finished = adopt(project)
        assert "files disagree: folder (one or two)" in finished.stderr
        assert "Koa" not in (project / "AGENTS.md").read_text()
        again = write(tmp_path / "two", one | two)
        assert adopt(again, "--data", "project_folder=two").returncode == 0
        answers = recorded(again)
        assert answers["project_framework"] == "fastapi"
        assert answers["command_test"] == "cd two && uv run poe test"
        assert answers["path_application"] == "two/app/main.py"

    def test_git_with_changes_does_not_matter(self, project: Path) -> None:
        subprocess.run(["git", "init", "--quiet"], cwd=project, check=True)
        before = tree(project)
        assert adopt(project).returncode == 0
        assert {path: text for path, text in tree(project).items() if path in before} == before

    def test_hostile_project_breaks_nothing(self, tmp_path: Path) -> None:
        """Names in a project are text of a stranger: they neither run nor reach the kit."""
        hostile = {
            "package.json": '{"scripts": {"test": "{{ 7 * 7 }}", "lint`id`": "x", "build": "x",'
            ' "dev{% raw %}": "y"}, "dependencies": {"express": "{{ 1 }}"}}',
            "src/server.js": "import express from 'express';\nconst app = express();\n",
            "Makefile": "test:\n\techo '\x1b[31m'\n",
            "tests/{{ x }}.js": "x",
            ".env.example": "A={{ x }}\n",
        }
        project = write(tmp_path / "x{{ 7*7 }}", hostile)
        assert adopt(project).returncode == 0
        text = (project / "AGENTS.md").read_text()
        assert text.startswith("# Project\n")
        assert not any(piece in text for piece in ("{", "49", "\x1b", "`id`"))


BAD = {
    "project_framework=rails": "'rails' is not in",
    "project_database=other": "'other' is not in",
    "project_linter=[eslint, nope]": "'nope' is not in",
    "project_linter=eslint": "Not a YAML list",
    "agent_tools=[emacs]": "'emacs' is not in",
    "command_test=a`b": "without braces, backticks",
    "command_test={{ x }}": "without braces, backticks",
    "command_dev=a\nb": "Type one line",
    "path_tests=../elsewhere": "Type a path below the project",
    "path_tests=nowhere": "There is no nowhere in shop",
    "path_tests=/etc": "Type a path below the project",
    "project_folder=": "Type a folder, or a dot",
    "project_folder=nowhere": "There is no nowhere in shop",
    "project_versions={rails: rails 8}": "It maps a technology",
    "project_versions=[1]": "It maps a technology",
    "project_versions={nestjs: 'x {{ y }} 1'}": "It maps a technology",
    "project_name=a{b": "without double quotes",
    "project_description=a\\b": "without double quotes",
    "own_files=[LICENSE]": "'LICENSE' is not in",
    "scope=everything": "'everything' is not in",
}


class TestRefusals:
    @pytest.mark.parametrize("answer", BAD, ids=lambda answer: answer[:40])
    def test_impossible_answer_is_refused(self, answer: str, project: Path) -> None:
        assert BAD[answer] in refused(project, "--data", answer)

    @pytest.mark.parametrize("content", [{}, {".git/HEAD": "x"}])
    def test_empty_folder_is_refused(self, content: dict[str, str], tmp_path: Path) -> None:
        project = tmp_path / "empty"
        project.mkdir()
        write(project, content)
        assert "empty is empty. Name the folder of your project" in refused(project)

    def test_missing_folder_is_refused(self, tmp_path: Path) -> None:
        assert "is empty" in refused(tmp_path / "nowhere")
        assert not (tmp_path / "nowhere").exists()

    def test_file_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("mine")
        assert "is a file" in refused(tmp_path / "file")

    def test_closed_folder_is_refused(self, project: Path) -> None:
        script = (
            "import os, sys; from copier_backend.destination import nothing_to_look_at;"
            "from pathlib import Path; os.getuid() or os.setuid(65534);"
            "print(nothing_to_look_at(Path(sys.argv[1])))"
        )
        project.chmod(0)
        try:
            told = subprocess.run(
                [sys.executable, "-c", script, project], capture_output=True, text=True, check=True,
                env={**os.environ, "PYTHONPATH": str(committed_copy() / "extensions")},
            )  # fmt: skip
        finally:
            project.chmod(0o755)
        assert "cannot be read" in told.stdout

    def test_agent_of_that_name_is_refused(self, project: Path) -> None:
        write(project, {AGENT: "mine"})
        assert f"shop has {AGENT} already" in refused(project)
        assert adopt(project, "--data", "agent_tools=[cursor]").returncode == 0
        assert (project / AGENT).read_text() == "mine"

    def test_facts_of_somebody_else_are_refused(self, project: Path) -> None:
        write(project, {"AGENTS.md": "mine", ".agents/project.md": "mine"})
        assert "shop has .agents/project.md already" in refused(project)

    @pytest.mark.parametrize("own", ["[]", "[CLAUDE.md]"])
    def test_own_file_cannot_be_given_up(self, own: str, project: Path) -> None:
        write(project, {"AGENTS.md": "mine"})
        assert "AGENTS.md would be overwritten" in refused(project, "--data", f"own_files={own}")

    def test_new_service_points_to_the_agent_kit(self, project: Path) -> None:
        finished = copier(
            "copy", *OPTIONS, "--defaults", committed_copy(), project.name, cwd=project.parent
        )
        assert finished.returncode != 0
        assert "for the agent kit alone, answer scope=agent_kit" in last_line(finished)


class TestAnotherTemplate:
    """A project that another template made keeps its answers, and its updates."""

    THEIRS = "_commit: v1\n_src_path: gh:other/template\nproject_name: Theirs\nscope: x\n"

    def test_command_that_is_told_works(self, project: Path) -> None:
        write(project, {ANSWERS_FILE: self.THEIRS})
        before = tree(project)
        reason = refused(project)
        assert "belongs to another template. Use copier copy --trust --answers-file" in reason
        words = shlex.split(reason.partition(" Use copier ")[2])
        finished = copier(*words, "--vcs-ref", "HEAD", *ADOPT, cwd=project.parent)
        assert finished.returncode == 0, finished.stderr
        assert {path: text for path, text in tree(project).items() if path in before} == before
        answers = recorded(project, ".copier-answers.agent-kit.yml")
        assert answers["project_name"] == "shop"
        assert answers["project_framework"] == "nestjs"
        told = "copier update --trust --answers-file .copier-answers.agent-kit.yml"
        assert told in finished.stderr


class TestNewService:
    """In a folder that holds something, the defaults of a new service come from it."""

    def stack(self, folder: Path, *options: str) -> tuple[str, str, str]:
        finished = copier(
            "copy", *OPTIONS, "--defaults", *options, committed_copy(), folder.name,
            cwd=folder.parent,
        )  # fmt: skip
        assert finished.returncode == 0, finished.stderr
        answers = recorded(folder)
        return answers["framework"], answers["database"], answers["auth"]

    def test_choice_that_was_found_is_proposed(self, tmp_path: Path) -> None:
        old = {f"old/{path}": text for path, text in EXPRESS.items()}
        old["old/server.env"] = "DATABASE_URL=sqlite:///x.db\n"
        old["old/package.json"] = (
            '{"name": "old", "dependencies":'
            ' {"express": "5", "better-sqlite3": "13", "express-oauth2-jwt-bearer": "1"}}'
        )
        folder = write(tmp_path / "orders", old)
        assert self.stack(folder) == ("express", "sqlite", "auth0")

    def test_what_is_no_choice_is_not_proposed(self, tmp_path: Path) -> None:
        files = files_of("nestjs-typeorm-mysql")
        folder = write(tmp_path / "orders", {f"old/{path}": text for path, text in files.items()})
        assert self.stack(folder) == ("fastapi", "postgres", "local")

    def test_answer_wins(self, tmp_path: Path) -> None:
        folder = write(tmp_path / "orders", {f"old/{path}": t for path, t in EXPRESS.items()})
        assert self.stack(folder, "--data", "framework=fastapi")[0] == "fastapi"

    def test_tools_of_a_new_service(self, tmp_path: Path) -> None:
        self.stack(tmp_path / "orders", "--data", "agent_tools=[github_copilot]")
        assert (tmp_path / "orders/.github/agents/backend-engineer.agent.md").exists()
        assert not (tmp_path / "orders/CLAUDE.md").exists()
