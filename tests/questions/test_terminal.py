"""The questions in a real terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from tests.support.render import committed_copy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOWN = "\x1b[B"
CLEAR = "\x15"  # Ctrl-U


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[pexpect.spawn[str]]:
    arguments = ["-m", "copier", "copy", "--trust", "--vcs-ref", "HEAD", str(committed_copy())]
    child = pexpect.spawn(
        sys.executable,
        [*arguments, "orders"],
        cwd=str(tmp_path),
        encoding="utf-8",
        timeout=60,
        dimensions=(50, 200),
    )
    yield child
    child.close(force=True)


def test_questions_are_asked_in_order_with_help(
    terminal: pexpect.spawn[str], tmp_path: Path
) -> None:
    terminal.expect("What shall be made")
    terminal.sendline("")
    terminal.expect("title of its README")
    terminal.sendline(f"{CLEAR}Order Desk")
    terminal.expect("programs use")
    terminal.expect("order-desk")
    terminal.sendline("")
    terminal.expect("One sentence for the README")
    terminal.sendline("")
    terminal.expect("Which framework")
    terminal.sendline("")
    terminal.expect("Which database")
    terminal.send(DOWN)
    terminal.sendline("")
    terminal.expect("Who keeps the accounts")
    terminal.send(DOWN)
    terminal.sendline("")
    terminal.expect("Which tools")
    terminal.sendline("")
    terminal.expect("FastAPI, SQLite, Auth0")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    recorded = (tmp_path / "orders" / ".copier-answers.yml").read_text()
    for line in ("database: sqlite", "project_name: Order Desk", "project_slug: order-desk"):
        assert line in recorded


def test_wrong_answer_is_explained_and_can_be_corrected(
    terminal: pexpect.spawn[str], tmp_path: Path
) -> None:
    terminal.expect("What shall be made")
    terminal.sendline("")
    terminal.expect("title of its README")
    terminal.sendline("")
    terminal.expect("programs use")
    terminal.sendline(f"{CLEAR}My App!")
    terminal.expect("for example: my-app")
    terminal.sendline(f"{CLEAR}my-app")
    terminal.expect("One sentence for the README")
    terminal.sendline("")
    terminal.expect("Which framework")
    terminal.send(DOWN)
    terminal.sendline("")
    terminal.expect("Which database")
    terminal.sendline("")
    terminal.expect("Who keeps the accounts")
    terminal.sendline("")
    terminal.expect("Which tools")
    terminal.sendline("")
    terminal.expect("Express, PostgreSQL, local accounts")
    terminal.expect(pexpect.EOF)
    assert "project_slug: my-app" in (tmp_path / "orders" / ".copier-answers.yml").read_text()


def test_interrupted_questions_write_nothing(terminal: pexpect.spawn[str], tmp_path: Path) -> None:
    terminal.expect("What shall be made")
    terminal.sendcontrol("c")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus != 0
    assert not (tmp_path / "orders").exists()
