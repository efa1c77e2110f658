"""Every combination of answers, rendered once, with the files of all tools for agents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from copier_backend.registry import Technology, chosen_of, load_registry

from tests.support.render import ROOT, TOOLS, combinations, name_of, render
from tests.support.truth import Facts

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Rendered:
    """One combination, not installed."""

    name: str
    answers: dict[str, str]
    folder: Path
    facts: Facts


@pytest.fixture(scope="session")
def registry() -> dict[str, Technology]:
    return load_registry(ROOT / "technologies")


@pytest.fixture(scope="session", params=combinations(), ids=name_of)
def rendered(
    request: pytest.FixtureRequest,
    registry: dict[str, Technology],
    tmp_path_factory: pytest.TempPathFactory,
) -> Rendered:
    answers: dict[str, str] = request.param
    name = name_of(answers)
    folder = render(tmp_path_factory.mktemp(name) / "project", agent_tools=TOOLS, **answers)
    chosen = chosen_of(registry, answers)
    foreign = [each for each in registry.values() if not each.belongs_to(answers)]
    return Rendered(name, answers, folder, Facts(folder, chosen, foreign))
