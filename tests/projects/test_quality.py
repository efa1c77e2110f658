"""A fresh render passes its own check and its own tests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.projects import Project

pytestmark = pytest.mark.every_answer

# Far above what they take on an idle machine: only a test that waits for something gets here.
SLOWEST_TESTS_SECONDS = 240


def test_fresh_render_passes_its_own_check(project: Project) -> None:
    checked = project.task("check")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_fresh_render_passes_its_own_tests(project: Project) -> None:
    tested = project.task("test")
    assert tested.returncode == 0, tested.stdout[-6000:] + tested.stderr[-2000:]
    passed, seconds = result_of(tested.stdout)
    assert passed > 0
    assert seconds < SLOWEST_TESTS_SECONDS


def test_formatting_a_fresh_render_changes_nothing(project: Project) -> None:
    before = snapshot(project)
    formatted = project.task("format")
    assert formatted.returncode == 0, formatted.stderr
    assert snapshot(project) == before


def result_of(output: str) -> tuple[int, float]:
    """Return how many tests passed in how many seconds, as pytest or node:test says it."""
    if found := re.findall(r"(\d+) passed.* in ([\d.]+)s", output):
        passed, seconds = found[-1]
        return int(passed), float(seconds)
    told = dict(re.findall(r"^\S (pass|duration_ms) ([\d.]+)$", output, re.MULTILINE))
    return int(told["pass"]), float(told["duration_ms"]) / 1000


def snapshot(project: Project) -> dict[str, bytes]:
    return {
        str(path.relative_to(project.directory)): path.read_bytes()
        for path in project.directory.rglob("*.*")
        if path.is_file() and not re.search("cache|node_modules|/dist/", str(path))
    }
