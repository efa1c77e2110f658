"""The command that plants defects tells what the contract suite notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools import defects

if TYPE_CHECKING:
    from pathlib import Path

# No database server has to be started for it.
PROJECT = "fastapi-sqlite-auth0"
DEFECTS = """
[[defect]]
name = "live-is-a-failure"
section = 2
sentence = '`GET /health/live`: 200'
file = "app/health.py"
old = 'status: Literal["ok"] = "ok"'
new = 'status: str = "fine"'
tests = ["test_health.py::test_live_answers_ok"]

[[defect]]
name = "other-words-in-a-comment"
section = 2
sentence = 'no sentence is broken'
file = "app/health.py"
old = 'Tell that the process answers; touches nothing.'
new = 'Tell that the process answers.'
tests = ["test_health.py::test_live_answers_ok"]

[[defect]]
name = "text-of-long-ago"
section = 2
sentence = '`GET /health/live`: 200'
file = "app/health.py"
old = 'this was never there'
new = 'nor was this'
tests = ["test_health.py::test_live_answers_ok"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / f"{PROJECT}.toml").write_text(DEFECTS, encoding="utf-8")
    return tmp_path


def run(folder: Path, *words: str) -> str | int | None:
    """Try these defects, and return the exit code, or what is said with exit code 1."""
    restricted = ("--second-try", "test_health.py::test_ready_names_the_database")
    try:
        defects.main([*words, "--from", str(folder), *restricted])
    except SystemExit as end:
        return end.code
    return 0


def test_noticed_defect_is_a_success(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "live-is-a-failure") == 0
    said = capsys.readouterr().out
    assert "live-is-a-failure: noticed by tests/contract/test_health.py::test_live" in said
    assert "1 of 1 defects are noticed." in said


def test_defect_that_nothing_notices_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    end = run(folder, "other-words-in-a-comment")
    assert end == (
        f"No test notices:\n§2 {PROJECT}, other-words-in-a-comment: no sentence is broken"
    )
    assert "0 of 1 defects are noticed." in capsys.readouterr().out


def test_text_that_does_not_occur_is_an_error(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder) == 2
    said = capsys.readouterr()
    assert said.out == ""  # before any defect is tried
    assert "text-of-long-ago: app/health.py holds the text 0 times" in said.err
