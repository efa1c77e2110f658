"""Runs the shell steps of a rendered workflow as GitHub's runner does; only `gh` is a stub."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment

from tests.support.projects import node
from tests.support.render import ROOT

WORKFLOW = ROOT / "template/{{ service }}/.github/workflows/template-update.yml.jinja"
# What needs the runner: the actions, and what is installed here already.
_INSTALLS = "Install Copier"

_GH = """\
#!/bin/sh
echo "$@" >> "$STUB/calls"
case "$1 $2" in
"pr list") cat "$STUB/known" 2>/dev/null ;;
"pr create") cp "$RUNNER_TEMP/body.md" "$STUB/body.md" ;;
esac
exit 0
"""


@dataclass
class Run:
    """What came of one run."""

    stub: Path
    failed: bool = False
    output: str = ""
    outputs: dict[str, str] = field(default_factory=dict)

    @property
    def calls(self) -> list[str]:
        """Return the command lines of `gh`."""
        path = self.stub / "calls"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    @property
    def body(self) -> str:
        return (self.stub / "body.md").read_text(encoding="utf-8")


def run_workflow(
    checkout: Path, scratch: Path, language: str, *, known: str = "", secret: str = ""
) -> Run:
    """Run the steps in the checkout; `known` is the pull request that there is already."""
    scratch.mkdir()
    for name, text in {"gh": _GH, "known": known, "output": ""}.items():
        (scratch / name).write_text(text, encoding="utf-8")
    (scratch / "gh").chmod(0o755)
    run = Run(scratch)
    values = {"github.token": "workflow-token", "secrets.TEMPLATE_UPDATE_TOKEN": secret}
    environment = {
        **os.environ,
        "PATH": os.pathsep.join(
            [str(scratch), str(Path(sys.executable).parent), str(node().parent), os.environ["PATH"]]
        ),
        "STUB": str(scratch),
        "RUNNER_TEMP": str(scratch),
        "GITHUB_OUTPUT": str(scratch / "output"),
        "GITHUB_REF_NAME": "main",
    }
    template = Environment(autoescape=False).from_string(WORKFLOW.read_text(encoding="utf-8"))  # noqa: S701 # no HTML
    workflow = yaml.safe_load(template.render({language: "."}))
    for step in workflow["jobs"]["update"]["steps"]:
        if "run" not in step or step["name"] == _INSTALLS:
            continue
        if not _holds(step.get("if", ""), values):
            continue
        finished = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=checkout,
            env={**environment, **_environment(step, values)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        run.output += finished.stdout + finished.stderr
        if finished.returncode != 0:
            run.failed = True
            return run
        for line in (scratch / "output").read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition("=")
            values[f"steps.{step['id']}.outputs.{name}"] = value
        (scratch / "output").write_text("", encoding="utf-8")
    return run


def _environment(step: dict[str, Any], values: dict[str, str]) -> dict[str, str]:
    def value(found: re.Match[str]) -> str:
        known = (values.get(name.strip(), "") for name in found[1].split("||"))
        return next(filter(None, known), "")

    return {
        name: re.sub(r"\$\{\{(.*?)\}\}", value, text) for name, text in step.get("env", {}).items()
    }


def _holds(condition: str, values: dict[str, str]) -> bool:
    """Tell whether a condition of the form `a != '' && b == ''` holds."""
    for part in filter(None, condition.split(" && ")):
        name, operator, empty = part.split()
        assert empty == "''"
        if (values.get(name, "") == "") != (operator == "=="):
            return False
    return True
