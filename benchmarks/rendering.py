"""What a rendering and an update of this template cost, beside an empty one."""

from __future__ import annotations

import resource
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.support.render import committed_copy

if TYPE_CHECKING:
    from pathlib import Path

_IDENTITY = ("-c", "user.name=benchmark", "-c", "user.email=benchmark@localhost")
_ANSWERS_FILE = "{{ _copier_conf.answers_file }}.jinja"
_OPTIONS = ("--quiet", "--trust", "--defaults", "--vcs-ref", "HEAD")
OPERATIONS = ("copy", "update")


@dataclass
class Template:
    """One template, and what was measured of it."""

    name: str
    folder: Path
    changed: str  # the file that is different in the version to update to
    cpu: dict[str, list[float]] = field(default_factory=dict)  # seconds, by operation

    def measure(self, folder: Path) -> None:
        """Render a project, change the template, and update the project."""
        project = folder / "project"
        self._measure("copy", folder, "copy", *_OPTIONS, str(self.folder), str(project))
        _git(project, "init", "--quiet")
        _commit(project)
        with (self.folder / self.changed).open("a", encoding="utf-8") as file:
            file.write("\n")
        _commit(self.folder)
        self._measure("update", project, "update", *_OPTIONS)

    def _measure(self, operation: str, folder: Path, *arguments: str) -> None:
        before = _cpu_of_children()
        subprocess.run([sys.executable, "-m", "copier", *arguments], cwd=folder, check=True)
        self.cpu.setdefault(operation, []).append(_cpu_of_children() - before)


def compare(folder: Path, *, rounds: int) -> list[Template]:
    """Measure both templates in turns, so that whatever else the machine does hits both."""
    templates = [
        Template("empty", _empty_template(folder / "empty"), "template/README.md"),
        Template(
            "this one, a FastAPI service on PostgreSQL",
            shutil.copytree(committed_copy(), folder / "template"),
            "template/{{ service }}/.editorconfig.jinja",
        ),
    ]
    for turn in range(rounds):
        for number, template in enumerate(templates):
            scratch = folder / f"{turn}-{number}"
            scratch.mkdir()
            template.measure(scratch)
    return templates


def table(templates: list[Template]) -> str:
    """Return the CPU time of each command as Markdown, git's part included."""
    lines = ["| template | copy | update |", "|---|---|---|"]
    for template in templates:
        cells = [f"{statistics.median(template.cpu[each]):.1f} s" for each in OPERATIONS]
        lines.append(f"| {template.name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _empty_template(folder: Path) -> Path:
    (folder / "template").mkdir(parents=True)
    files = {
        "copier.yml": "_subdirectory: template\n",
        "template/README.md": "# Nothing\n",
        f"template/{_ANSWERS_FILE}": "{{ _copier_answers | to_nice_yaml -}}\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    _git(folder, "init", "--quiet")
    _commit(folder)
    return folder


def _commit(folder: Path) -> None:
    _git(folder, "add", "--all")
    _git(folder, *_IDENTITY, "commit", "--quiet", "--no-verify", "--no-gpg-sign", "-m", "benchmark")


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True)


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
