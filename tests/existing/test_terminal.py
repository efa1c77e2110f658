"""The questions about an existing project in a real terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pexpect
import pytest
from copier_backend.found import COMMANDS, PATHS

from tests.detection.trees import write
from tests.support.render import committed_copy

from .conftest import files_of, recorded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOWN = "\x1b[B"
CLEAR = "\x15"  # Ctrl-U


@pytest.fixture
def terminal(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[pexpect.spawn[str]]:
    write(tmp_path / "api", files_of(request.param))
    arguments = ["-m", "copier", "copy", "--trust", "--vcs-ref", "HEAD", str(committed_copy())]
    child = pexpect.spawn(
        sys.executable,
        [*arguments, "api"],
        cwd=str(tmp_path),
        encoding="utf-8",
        timeout=60,
        dimensions=(60, 240),
    )
    child.expect("What shall be made")
    child.send(DOWN)
    child.sendline("")
    yield child
    child.close(force=True)


def answer(terminal: pexpect.spawn[str], question: str, keys: str = "") -> None:
    terminal.expect(question)
    terminal.sendline(keys)


@pytest.mark.parametrize("terminal", ["nestjs-typeorm-mysql"], indirect=True)
def test_every_question_says_where_its_default_was_found(
    terminal: pexpect.spawn[str], tmp_path: Path
) -> None:
    answer(terminal, "What people call it", f"{CLEAR}Web shop")
    answer(terminal, "may be empty")
    answer(terminal, "Which folder holds the backend.*package.json:1")
    answer(terminal, "Which language.*Found in package.json")
    answer(terminal, r"Which framework.*Found in package.json:\d+ \(@nestjs/core \^11.0.1\)")
    answer(terminal, "What kind of API.*Nothing was found")
    answer(terminal, "Which database.*Found in .*mysql")
    answer(terminal, "What speaks to the database.*typeorm")
    for question in ("migrates", "signs in", "cache", "queue", "package manager", "runs the tests"):
        answer(terminal, question)
    for question in ("What lints", "What formats", "checks the types", "integration", "deployed"):
        answer(terminal, question)
    terminal.expect("installs what it needs.*Found in yarn.lock")
    terminal.sendline("")
    answer(terminal, r"runs it for development.*Found in package.json:\d+")
    terminal.expect("runs its tests")
    terminal.sendline(f"{CLEAR}yarn {{{{ x")
    terminal.expect("without braces")
    terminal.sendline(f"{CLEAR}yarn test:all")
    for _ in range(len(COMMANDS) - 3 + len(PATHS)):
        answer(terminal, r"Which (command|file|folder)")
    answer(terminal, "Which tools get the subagent")
    terminal.expect("The agent kit of Web shop is in")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    answers = recorded(tmp_path / "api")
    assert (answers["project_name"], answers["command_test"]) == ("Web shop", "yarn test:all")
    assert answers["project_orm"] == "typeorm"


@pytest.mark.parametrize("terminal", ["conflicting-databases"], indirect=True)
def test_conflict_is_asked_without_a_default_and_explained(
    terminal: pexpect.spawn[str], tmp_path: Path
) -> None:
    answer(terminal, "What people call it")
    answer(terminal, "may be empty")
    for question in ("Which folder", "Which language", "Which framework", "What kind of API"):
        answer(terminal, question)
    terminal.expect("Nothing is filled in, because the files disagree: ")
    terminal.expect(r"MySQL \(package.json:1 .*\) or PostgreSQL \(package.json:1 ")
    terminal.sendcontrol("c")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus != 0
    assert not (tmp_path / "api" / "AGENTS.md").exists()
