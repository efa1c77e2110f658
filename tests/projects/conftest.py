"""A copy of a rendered project, for tests that change its files or its database."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support.projects import Project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def bare(project: Project, workshop: Path, request: pytest.FixtureRequest) -> Project:
    """The project below a folder that nobody else may enter."""
    folder = workshop / "private" / request.node.name
    folder.mkdir(parents=True)
    folder.chmod(0o700)
    copied = folder / "orders"
    shutil.copytree(
        project.directory, copied, ignore=shutil.ignore_patterns(".data", ".env"), symlinks=True
    )
    return Project(project.name, copied, project.environment)
