"""The workflows, rendered and our own, have no fault that a linter for their security knows."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.render import ROOT

if TYPE_CHECKING:
    from .conftest import Rendered

# https://docs.zizmor.sh/usage/#using-personas: also what only may be a fault.
ZIZMOR = (Path(sys.executable).parent / "zizmor", "--offline", "--quiet", "--persona", "pedantic")


def faults(folder: Path) -> str:
    """Return what is wrong with the workflows of the folder."""
    checked = subprocess.run(
        [*ZIZMOR, folder / ".github"], capture_output=True, text=True, check=False
    )
    return "" if checked.returncode == 0 else checked.stdout + checked.stderr


def test_rendered_workflows_have_no_fault(rendered: Rendered) -> None:
    assert faults(rendered.folder) == ""


def test_own_workflows_have_no_fault() -> None:
    assert faults(ROOT) == ""


def test_fault_is_found(tmp_path: Path) -> None:
    workflows = tmp_path / ".github" / "workflows"
    shutil.copytree(ROOT / ".github" / "workflows", workflows)
    text = (workflows / "ci.yml").read_text(encoding="utf-8")
    injected = "      - run: echo ${{ github.event.pull_request.title }}\n"
    (workflows / "ci.yml").write_text(text + injected, encoding="utf-8")
    assert "template-injection" in faults(tmp_path)
