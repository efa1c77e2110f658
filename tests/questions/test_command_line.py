"""Rendering from the command line: what works, and what is refused with a sentence."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.copier_cli import copier, last_line
from tests.support.render import committed_copy

if TYPE_CHECKING:
    from pathlib import Path

HEAD = ("--trust", "--vcs-ref", "HEAD")


def copy(
    cwd: Path, destination: str, *options: str, template: Path | None = None
) -> subprocess.CompletedProcess[str]:
    source = template or committed_copy()
    return copier("copy", *HEAD, *options, source, destination, cwd=cwd)


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


class TestAnswers:
    def test_defaults_need_no_terminal(self, tmp_path: Path) -> None:
        finished = copy(tmp_path, "orders", "--defaults")
        assert finished.returncode == 0, finished.stderr
        assert 'name = "orders"' in (tmp_path / "orders" / "pyproject.toml").read_text()

    def test_single_answers_and_files_of_answers_work(self, tmp_path: Path) -> None:
        (tmp_path / "answers.yml").write_text("project_name: Billing\ndatabase: sqlite\n")
        options = ("--defaults", "--data-file", "answers.yml", "--data", "project_slug=bills")
        finished = copy(tmp_path, "billing", *options)
        assert finished.returncode == 0, finished.stderr
        recorded = (tmp_path / "billing" / ".copier-answers.yml").read_text()
        for line in ("project_name: Billing", "project_slug: bills", "database: sqlite"):
            assert line in recorded

    def test_closing_message_repeats_the_stack(self, tmp_path: Path) -> None:
        finished = copy(tmp_path, "orders", "--defaults", "--data", "databse=sqlite")
        lines = finished.stderr.strip().splitlines()
        start = next(n for n, line in enumerate(lines) if line.startswith("FastAPI, "))
        assert lines[start].startswith("FastAPI, PostgreSQL, local accounts in ")
        assert len(lines[start:]) <= 8

    def test_own_answers_may_be_rendered_again(self, tmp_path: Path) -> None:
        assert copy(tmp_path, "orders", "--defaults").returncode == 0
        again = copier(*("recopy", *HEAD, "--defaults", "--overwrite", "orders"), cwd=tmp_path)
        assert again.returncode == 0, again.stderr

    def test_unrelated_files_stay(self, tmp_path: Path) -> None:
        (tmp_path / "orders" / ".git").mkdir(parents=True)
        (tmp_path / "orders" / "LICENSE").write_text("mine")
        assert copy(tmp_path, "orders", "--defaults").returncode == 0
        assert (tmp_path / "orders" / "LICENSE").read_text() == "mine"


REFUSED = {
    "database=oracle": "'oracle' is not in ['postgres', 'sqlite', 'mongodb']",
    "framework=rails": "'rails' is not in",
    "auth=none": "'none' is not in",
    "project_slug=My App!": "for example: my-app",
    "project_slug=class": "for example: class-service",
    "project_slug=../x": "for example: x-service",
    "project_slug=fastapi": "for example: fastapi-service",
    f"project_slug={'x' * 200}": "2 to 40 lower-case letters",
    "project_slug=": "2 to 40 lower-case letters",
    "project_name=": "Type a name",
    'project_name=say "hi"': "without double quotes",
    "project_name={{ 7 * 7 }}": "without double quotes, backslashes, braces",
    f"project_name={'x' * 61}": "at most 60 characters",
    "project_description=": "Type one sentence",
    "project_description=a\\b": "without double quotes",
    f"project_description={'x' * 161}": "at most 160 characters",
}


class TestRefusals:
    @pytest.mark.parametrize("answer", REFUSED, ids=lambda answer: answer[:40])
    def test_impossible_answer_is_refused(self, answer: str, tmp_path: Path) -> None:
        finished = copy(tmp_path, "orders", "--defaults", "--data", answer)
        assert finished.returncode != 0
        assert REFUSED[answer] in last_line(finished)
        assert not (tmp_path / "orders").exists()

    @pytest.mark.parametrize("text", ["a: [", "{", "- x: 1\n y"])
    def test_broken_file_of_answers_is_refused(self, text: str, tmp_path: Path) -> None:
        (tmp_path / "answers.yml").write_text(text)
        finished = copy(tmp_path, "orders", "--defaults", "--data-file", "answers.yml")
        assert finished.returncode != 0
        assert "answers.yml" in last_line(finished)
        assert not (tmp_path / "orders").exists()

    def test_missing_trust_is_refused(self, tmp_path: Path) -> None:
        options = ("--vcs-ref", "HEAD", "--defaults")
        finished = copier("copy", *options, committed_copy(), "orders", cwd=tmp_path)
        assert finished.returncode != 0
        assert "--trust" in last_line(finished)
        assert not (tmp_path / "orders").exists()

    def test_missing_terminal_is_refused(self, tmp_path: Path) -> None:
        finished = copy(tmp_path, "orders")
        assert finished.returncode != 0
        assert "Use `--defaults` and/or `--data`/`--data-file`" in last_line(finished)
        assert not (tmp_path / "orders").exists()

    def test_missing_loader_is_refused(self, tmp_path: Path) -> None:
        without_loader = (
            "import sys; sys.modules['copier_template_extensions'] = None; "
            "from copier.__main__ import CopierApp; sys.argv[0] = 'copier'; CopierApp.run()"
        )
        finished = subprocess.run(
            [sys.executable, "-c", without_loader, "copy", *HEAD, "--defaults",
             str(committed_copy()), "orders"],
            cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert finished.returncode != 0
        assert "install these extensions alongside Copier" in finished.stderr
        assert not (tmp_path / "orders").exists()


class TestDestinations:
    def refused(self, tmp_path: Path, *options: str) -> str:
        """Render into `orders`, assert that it is refused and nothing changed; return why."""
        before = tree(tmp_path)
        finished = copy(tmp_path, "orders", "--defaults", *options)
        assert finished.returncode != 0
        assert tree(tmp_path) == before
        return last_line(finished)

    def test_file_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "orders").write_text("mine")
        assert "orders is a file. Choose a folder." in self.refused(tmp_path)

    def test_folder_in_a_file_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "orders").write_text("mine")
        finished = copy(tmp_path, "orders/api", "--defaults")
        assert "orders is a file. Choose a folder." in last_line(finished)

    @pytest.mark.parametrize("name", ["README.md", "app/main.py", "pyproject.toml"])
    def test_files_in_the_way_are_named(self, name: str, tmp_path: Path) -> None:
        path = tmp_path / "orders" / name
        path.parent.mkdir(parents=True)
        path.write_text("mine")
        reason = self.refused(tmp_path)
        assert name in reason
        assert "choose an empty folder" in reason

    def test_answers_of_another_template_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "orders").mkdir()
        (tmp_path / "orders" / ".copier-answers.yml").write_text(
            "_src_path: gh:other/template\n_commit: v1\nproject_name: Theirs\n"
        )
        assert "belongs to another template" in self.refused(tmp_path)

    def test_answers_of_another_template_win_over_overwriting(self, tmp_path: Path) -> None:
        (tmp_path / "orders").mkdir()
        (tmp_path / "orders" / ".copier-answers.yml").write_text("_src_path: gh:other/template\n")
        assert "belongs to another template" in self.refused(tmp_path, "--overwrite")

    def test_broken_answers_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "orders").mkdir()
        (tmp_path / "orders" / ".copier-answers.yml").write_text("a: [")
        assert self.refused(tmp_path)
