"""Projects in the shape of real ones: see the files in cases/."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from .trees import answers, report

CASES = sorted((Path(__file__).parent / "cases").glob("*.yml"))


def load(path: Path) -> tuple[dict[str, str | bytes], dict[str, Any]]:
    """Return the files of a case, and what has to be found in them."""
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    return case["files"], case["expected"]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_stack_is_found(path: Path, tmp_path: Path) -> None:
    files, expected = load(path)
    found = answers(tmp_path, files)
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_claim_points_to_a_line_of_a_file(path: Path, tmp_path: Path) -> None:
    found = report(tmp_path, load(path)[0])
    for name, answer in found.fields.items():
        assert (answer.status in {"found", "conflict"}) == bool(answer.evidence), name
        for evidence in answer.evidence:
            if evidence.file != ".":
                lines = (tmp_path / evidence.file).read_text(encoding="utf-8").split("\n")
                assert 1 <= evidence.line <= len(lines), (name, evidence)
