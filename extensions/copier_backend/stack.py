"""The object that templates know as ``stack``."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import destination, names
from .layers import Layers
from .registry import Technology, chosen_of, load_registry

if TYPE_CHECKING:
    from collections.abc import Mapping


class Stack:
    """Validators of the questions, and the registry of technologies."""

    def __init__(self, root: Path) -> None:
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

    def summary(self, framework: str, database: str, auth: str) -> str:
        """Return the chosen stack in words, for example "FastAPI, PostgreSQL, local accounts"."""
        return ", ".join(self.technology(answer).label for answer in (framework, database, auth))

    def refusal(self, configuration: Mapping[str, Any]) -> str:
        """Return why the destination must not be rendered into, or an empty string.

        `configuration` is Copier's `_copier_conf`. A destination with answers of ours is a project
        that is updated, and the temporary folders of an update are empty: both pass.
        """
        folder, answers_file = Path(configuration["dst_path"]), configuration["answers_file"]
        if refusal := destination.foreign_answers(folder, answers_file):
            return refusal
        if configuration["overwrite"] or (folder / answers_file).exists():
            return ""
        return destination.files_in_the_way(folder, self._template)

    def leaving(self, configuration: Mapping[str, Any], **answers: str) -> str:
        """Return in words which files these answers take out of the destination."""
        folder, answers_file = Path(configuration["dst_path"]), configuration["answers_file"]
        return self._layers.leaving(folder, answers_file, answers)

    slug = staticmethod(names.slug)
    is_slug = staticmethod(names.is_slug)
    is_plain_text = staticmethod(names.is_plain_text)
