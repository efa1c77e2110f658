"""The object that templates know as ``stack``."""

from __future__ import annotations

import difflib
import functools
import shlex
from typing import TYPE_CHECKING, Any

import yaml
from jinja2 import pass_context

from . import destination, names
from .layers import Layers
from .registry import Technology, chosen_of, load_registry
from .rendering import Rendering

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from .existing import ExistingProjects

OTHER_ANSWERS_FILE = ".copier-answers.agent-kit.yml"
"""Where the answers go in a project that has those of another template."""


class Stack:
    """Validators of the questions, and the registry of technologies."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._template = root / "template"
        self._layers = Layers(root)
        self.technologies = load_registry(root / "technologies")

    def technology(self, technology_id: str) -> Technology:
        """Return one technology; raise ``LookupError`` with the ids that are alike for any other."""
        try:
            return self.technologies[technology_id]
        except KeyError:
            alike = difflib.get_close_matches(technology_id, self.technologies)
            message = (
                f"unknown technology {technology_id!r}; there is {' or '.join(alike) or 'none'}"
            )
            raise LookupError(f"{message}, each has a file in technologies/") from None

    def chosen(self, **answers: str) -> list[Technology]:
        """Return everything that the answers bring into a project, the language first."""
        return chosen_of(self.technologies, answers)

    def summary(self, *answers: str) -> str:
        """Return a stack in words, for example "FastAPI, PostgreSQL, local accounts"."""
        return ", ".join(self.technology(answer).label for answer in answers if answer)

    @pass_context
    def proposed(
        self, context: Mapping[str, Any], question: str, existing: ExistingProjects
    ) -> str:
        """Return what a new service had best be built on, after what its folder holds already."""
        found = existing.technologies(context, question)
        offered = [each for each in self._offered[question] if each in found]
        return offered[0] if len(offered) == 1 else ""

    @functools.cached_property
    def _offered(self) -> dict[str, Sequence[str]]:
        """Return the choices of each question about the stack of a new service."""
        text = (self._root / "questions" / "stack.yml").read_text(encoding="utf-8")
        questions = yaml.safe_load(text)
        return {name: list(each["choices"].values()) for name, each in questions.items()}

    @pass_context
    def refusal(self, context: Mapping[str, Any]) -> str:
        """Return why the destination must not be rendered into, or an empty string.

        A destination with answers of ours is a project that is updated, and the temporary folders
        of an update are empty: both pass.
        """
        rendering = Rendering(context)
        instead = f"Use {_command(context, rendering)}" if rendering.is_about_existing else ""
        if refusal := destination.foreign_answers(
            rendering.folder, rendering.answers_file, instead
        ):
            return refusal
        if rendering.is_recorded:
            return ""
        if rendering.is_about_existing:
            return destination.nothing_to_look_at(rendering.folder)
        if rendering.overwrites:
            return ""
        return destination.files_in_the_way(rendering.folder, self._template)

    def leaving(self, configuration: Mapping[str, Any], **answers: Any) -> str:  # noqa: ANN401 # texts and lists
        """Return in words which files these answers take out of the destination."""
        rendering = Rendering({"_copier_conf": configuration, **answers})
        return self._layers.leaving(rendering.folder, rendering.answers_file, answers)

    name_of = staticmethod(names.name_of)
    slug = staticmethod(names.slug)
    is_slug = staticmethod(names.is_slug)
    is_plain_text = staticmethod(names.is_plain_text)


def _command(context: Mapping[str, Any], rendering: Rendering) -> str:
    """Return the command that records the answers in another file."""
    source = context["_copier_answers"].get("_src_path", "")
    options = ("--trust", "--answers-file", OTHER_ANSWERS_FILE)
    return shlex.join(("copier", "copy", *options, str(source), str(rendering.folder)))
