"""Which files a set of answers writes, and which of them go when an update changes an answer."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from jinja2.sandbox import SandboxedEnvironment

if TYPE_CHECKING:
    from collections.abc import Mapping

_LAYER = re.compile(r"\{\{ (\w+) \}\}")
_NAMED = 3
# What holds where a question was not asked: it is newer than the project, or about another one.
_UNASKED = {"scope": "service", "own_files": [], "agent_tools": ["claude_code"]}


class Layers:
    """The folders of the template whose names are computed from the answers."""

    def __init__(self, root: Path) -> None:
        self._template = root / "template"
        self._questions = root / "questions" / "layers.yml"

    def output_paths(self, answers: Mapping[str, Any]) -> dict[str, Path]:
        """Return the template's file for each path that these answers write.

        Copier's own file of answers is no part of it.
        """
        chosen = self._chosen(answers)
        paths = {}
        for source in self._template.rglob("*"):
            *folders, name = source.relative_to(self._template).parts
            layers = {found[1] for part in folders if (found := _LAYER.fullmatch(part))}
            if "{" in name or "__pycache__" in folders:
                continue
            if source.is_file() and layers <= chosen:
                plain = [part for part in folders if not _LAYER.fullmatch(part)]
                paths["/".join((*plain, name.removesuffix(".jinja")))] = source
        return paths

    def leaving(self, folder: Path, answers_file: Path, answers: Mapping[str, Any]) -> str:
        """Return in words which files of the folder its recorded answers wrote, but these do not.

        An update takes them away, with whatever somebody changed in them.
        """
        try:
            recorded = yaml.safe_load((folder / answers_file).read_text(encoding="utf-8")) or {}
        except FileNotFoundError:
            return ""
        before = {name: recorded.get(name, answer) for name, answer in answers.items()}
        gone = self.output_paths(before).keys() - self.output_paths(answers).keys()
        here = sorted(path for path in gone if (folder / path).exists())
        more = f" and {len(here) - _NAMED} more" if len(here) > _NAMED else ""
        return ", ".join(here[:_NAMED]) + more

    def _chosen(self, answers: Mapping[str, Any]) -> set[str]:
        """Return the layers that these answers switch on."""
        questions: dict[str, dict[str, Any]] = yaml.safe_load(
            self._questions.read_text(encoding="utf-8")
        )
        environment = SandboxedEnvironment(autoescape=False)
        known = {**_UNASKED, **answers}
        for name, question in questions.items():
            known[name] = environment.from_string(str(question["default"])).render(known)
        return {name for name in questions if known[name] == "."}
