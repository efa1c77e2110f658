"""A fresh render passes its own check and its own tests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.projects import Project

# Far above what they take on an idle machine: only a test that waits for something gets here.
SLOWEST_TESTS_SECONDS = 240


def test_fresh_render_passes_its_own_check(project: Project) -> None:
    checked = project.run("poe", "-q", "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_fresh_render_passes_its_own_tests(project: Project) -> None:
    tested = project.run("poe", "-q", "test")
    assert tested.returncode == 0, tested.stdout[-6000:] + tested.stderr[-2000:]
    passed, seconds = re.findall(r"(\d+) passed.* in ([\d.]+)s", tested.stdout)[-1]
    assert int(passed) > 0
    assert float(seconds) < SLOWEST_TESTS_SECONDS


def test_formatting_a_fresh_render_changes_nothing(project: Project) -> None:
    before = snapshot(project)
    formatted = project.run("poe", "-q", "format")
    assert formatted.returncode == 0, formatted.stderr
    assert snapshot(project) == before


def snapshot(project: Project) -> dict[str, bytes]:
    return {
        str(path.relative_to(project.directory)): path.read_bytes()
        for path in project.directory.rglob("*.*")
        if path.is_file() and "cache" not in str(path)
    }
