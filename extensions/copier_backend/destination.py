"""What a destination holds already, and why it must not be rendered into."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TEMPLATE = "copier-backend"
_LAYER = re.compile(r"\{\{ \w+ \}\}")
_ANSWERS_FILE = "{{ _copier_conf.answers_file }}.jinja"
_NAMED = 3


def foreign_answers(destination: Path, answers_file: Path, instead: str = "") -> str:
    """Return why the answers in the destination are not ours, or an empty string.

    ``instead`` says what to do then.

    Copier takes over the answers that it finds and overwrites their file, so a project that
    another template made would lose its link to that template.
    """
    path = destination / answers_file
    try:
        recorded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ""
    except NotADirectoryError:
        file = next((each for each in destination.parents if each.is_file()), destination)
        return f"{file} is a file. Choose a folder."
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        return f"{path} cannot be read ({type(error).__name__}). Choose another folder."
    if isinstance(recorded, dict) and recorded.get("_template") == TEMPLATE:
        return ""
    return f"{path} belongs to another template. {instead or 'Choose another folder.'}"


def nothing_to_look_at(destination: Path) -> str:
    """Return why there is no project in the destination, or an empty string."""
    try:
        next(destination.iterdir(), None)
    except FileNotFoundError:
        pass
    except OSError as error:
        return f"{destination} cannot be read ({type(error).__name__})."
    if names_in(destination):
        return ""
    return f"{destination} is empty. Name the folder of your project, or answer scope=service."


def names_in(folder: Path) -> set[str]:
    """Return what is in a folder, but for git; nothing where there is none, or it is closed."""
    try:
        return {path.name for path in folder.iterdir()} - {".git"}
    except OSError:
        return set()


def yours(destination: Path, names: Iterable[str]) -> list[str]:
    """Return those of the files that are in the destination, be it as a link to nowhere."""
    return [name for name in names if os.path.lexists(destination / name)]


def lines_to_add(destination: Path, lines: Mapping[str, str], target: str) -> dict[str, str]:
    """Return which of the files still lack the line that leads to the target."""
    return {
        name: line for name, line in lines.items() if target not in _own_text(destination, name)
    }


def _own_text(destination: Path, name: str) -> str:
    path = destination / name
    if not path.resolve().is_relative_to(destination.resolve()):
        return ""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def files_in_the_way(destination: Path, template: Path) -> str:
    """Return which files a rendering would overwrite, or an empty string.

    Copier asks about each of them. Without a terminal it stops in the middle instead, and leaves
    behind what it has written until then.
    """
    taken = sorted(path for path in output_paths(template) if (destination / path).exists())
    if not taken:
        return ""
    more = f" and {len(taken) - _NAMED} more" if len(taken) > _NAMED else ""
    names = ", ".join(taken[:_NAMED])
    return (
        f"{destination} has {names}{more} already. Move that away or choose an empty folder;"
        " for the agent kit alone, answer scope=agent_kit."
    )


def output_paths(template: Path) -> set[str]:
    """Return every path that some combination of answers writes, relative to the destination."""
    return {
        "/".join(
            part for part in path.relative_to(template).parts if not _LAYER.fullmatch(part)
        ).removesuffix(".jinja")
        for path in template.rglob("*")
        if path.is_file() and path.name != _ANSWERS_FILE
    }
