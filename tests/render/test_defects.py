"""Each defect of `tools/defects` can still be planted, and would be tried as it says."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.support.render import ROOT, combinations, name_of
from tools.defects import Defect, load_defects

from .conftest import Rendered

DEFECTS = load_defects()
SECTIONS = range(1, 9)


def test_defect_can_be_planted(rendered: Rendered) -> None:
    """Else the code has changed: bring the text of the defect up to date."""
    planted = {
        defect.name: (rendered.folder / defect.file).read_text(encoding="utf-8").count(defect.old)
        for defect in DEFECTS
        if defect.project == rendered.name
    }
    assert {name: count for name, count in planted.items() if count != 1} == {}


def test_files_are_named_like_projects() -> None:
    known = {f"{name_of(answers)}.toml" for answers in combinations()}
    assert {path.name for path in (ROOT / "tools" / "defects").iterdir()} <= known


def test_every_section_has_defects() -> None:
    assert {defect.section for defect in DEFECTS} == {*SECTIONS}


def test_names_are_unique() -> None:
    names = Counter((defect.project, defect.name) for defect in DEFECTS)
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: f"{defect.project}-{defect.name}")
def test_defect_is_described(defect: Defect) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", defect.name)
    assert defect.sentence.strip() == defect.sentence != ""
    assert defect.old != defect.new
    assert defect.tests
    for test in defect.tests:
        file, *names = test.split("::")
        text = (ROOT / "tests" / "contract" / file).read_text(encoding="utf-8")
        for name in names:
            assert re.search(rf"^ *(?:class|def) {name}\b", text, re.MULTILINE), test
