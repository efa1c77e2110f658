"""A git of its own: the settings of whoever runs the tests must not matter."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from .small import small_template

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .repository import Repository

_GIT_CONFIGURATION = """\
[user]
    name = tests
    email = tests@localhost
[init]
    defaultBranch = main
    templateDir =
[gc]
    auto = 0
[maintenance]
    auto = false
"""


@pytest.fixture(scope="session", autouse=True)
def _own_git(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    configuration = tmp_path_factory.mktemp("git") / "config"
    configuration.write_text(_GIT_CONFIGURATION, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("GIT_")]:
            patch.delenv(name)
        patch.setenv("GIT_CONFIG_GLOBAL", str(configuration))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        yield


@pytest.fixture
def template(tmp_path: Path) -> Repository:
    """A small template with the mechanisms of the real one."""
    return small_template(tmp_path / "template")
