"""Projects that were there before the agent kit: small ones, written by hand, each on another stack."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from copier_backend.found import FIELDS
from copier_backend.registry import Technology, load_registry

from tests.detection.trees import write
from tests.support.render import ROOT, TOOLS, render
from tests.support.truth import Facts
from tests.update.conftest import _own_git

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["_own_git"]  # a fixture: git as on no machine in particular

ANSWERS_FILE = ".copier-answers.yml"
# The projects of the detector's tests are further stacks.
PROJECTS = [
    *sorted((Path(__file__).parent / "projects").glob("*.yml")),
    *sorted((ROOT / "tests" / "detection" / "cases").glob("*.yml")),
]


@dataclass(frozen=True)
class Adopted:
    """A project with its agent kit; ``before`` are the files that it had."""

    name: str
    folder: Path
    before: Mapping[str, bytes]
    answers: Mapping[str, Any]
    expected: Mapping[str, Any]
    facts: Facts

    @property
    def kit(self) -> dict[str, str]:
        """Return the text of every file that was not there before, without the answers."""
        return {
            path: text
            for path, text in self.facts.files.items()
            if path not in self.before and path != ANSWERS_FILE
        }


def files_of(name: str) -> dict[str, str | bytes]:
    """Return the files of one of the projects."""
    [path] = [path for path in PROJECTS if path.stem == name]
    files: dict[str, str | bytes] = yaml.safe_load(path.read_text(encoding="utf-8"))["files"]
    return files


def tree(folder: Path) -> dict[str, bytes]:
    """Return what every file below a folder holds, git's own left out."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


def recorded(folder: Path, answers_file: str = ANSWERS_FILE) -> dict[str, Any]:
    """Return the recorded answers."""
    found: dict[str, Any] = yaml.safe_load((folder / answers_file).read_text(encoding="utf-8"))
    return found


def technologies_of(answers: Mapping[str, Any]) -> set[str]:
    """Return the ids of all technologies that were answered."""
    given = [answers[f"project_{field}"] for field in FIELDS]
    return {each for ids in given for each in ([ids] if isinstance(ids, str) else ids)} - {""}


@pytest.fixture(scope="session")
def registry() -> dict[str, Technology]:
    return load_registry(ROOT / "technologies")


@pytest.fixture(scope="session", params=PROJECTS, ids=lambda path: path.stem)
def adopted(
    request: pytest.FixtureRequest,
    registry: dict[str, Technology],
    tmp_path_factory: pytest.TempPathFactory,
) -> Adopted:
    case = yaml.safe_load(request.param.read_text(encoding="utf-8"))
    folder = write(tmp_path_factory.mktemp(request.param.stem) / "project", case["files"])
    before = tree(folder)
    render(folder, scope="agent_kit", agent_tools=TOOLS)
    answers = recorded(folder)
    ids = technologies_of(answers)
    chosen = [each for each in registry.values() if each.id in ids]
    foreign = [each for each in registry.values() if each.id not in ids]
    expected = case["expected"] if request.param.parent.name == "projects" else {}
    return Adopted(
        request.param.stem, folder, before, answers, expected, Facts(folder, chosen, foreign)
    )
