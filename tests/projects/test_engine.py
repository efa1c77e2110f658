"""Who has too old a Node is told so, in words."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support.projects import Project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize("command", ["install", "ci"])
def test_node_that_is_too_old_is_refused_in_words(
    command: str, projects: Callable[[str], Project], tmp_path: Path
) -> None:
    """Every Node is too old for a project that wants one of the future."""
    project = projects("express-sqlite-local")
    for name in (".npmrc", "package.json", "package-lock.json"):
        shutil.copy(project.directory / name, tmp_path)
    manifest = json.loads((tmp_path / "package.json").read_text(encoding="utf-8"))
    assert manifest["engines"] == {"node": ">=24.12"}
    manifest["engines"] = {"node": ">=99"}
    (tmp_path / "package.json").write_text(json.dumps(manifest), encoding="utf-8")

    refused = Project(project.name, tmp_path, project.environment).run("npm", command)

    assert refused.returncode != 0
    assert 'Required: {"node":">=99"}' in refused.stderr
    assert "    at " not in refused.stderr
    assert not (tmp_path / "node_modules").exists()
