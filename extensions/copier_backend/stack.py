"""The object that templates know as ``stack``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import answers, names
from .registry import Technology, load_registry

if TYPE_CHECKING:
    from pathlib import Path


class Stack:
    """Validators of the questions, and the registry of technologies."""

    def __init__(self, technologies: Path) -> None:
        self.technologies = load_registry(technologies)

    def technology(self, technology_id: str) -> Technology:
        """Return one technology; raise ``LookupError`` with the known ids for any other."""
        try:
            return self.technologies[technology_id]
        except KeyError:
            known = ", ".join(sorted(self.technologies))
            message = f"unknown technology {technology_id!r}; known are: {known}"
            raise LookupError(message) from None

    def summary(self, framework: str, database: str, auth: str) -> str:
        """Return the chosen stack in words, for example "FastAPI, PostgreSQL, local accounts"."""
        return ", ".join(self.technology(answer).label for answer in (framework, database, auth))

    foreign_answers = staticmethod(answers.foreign_answers)
    slug = staticmethod(names.slug)
    is_slug = staticmethod(names.is_slug)
    is_plain_text = staticmethod(names.is_plain_text)
