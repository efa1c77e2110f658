"""What a destination holds already, and why it must not be rendered into."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

TEMPLATE = "copier-backend"
_LAYER = re.compile(r"\{\{ \w+ \}\}")
_ANSWERS_FILE = "{{ _copier_conf.answers_file }}.jinja"
_NAMED = 3


def foreign_answers(destination: Path, answers_file: Path) -> str:
    """Return why the answers in the destination are not ours, or an empty string.

    Copier takes over the answers that it finds and overwrites their file, so a project that
    another template made would lose its link to that template.
    """
    path = destination / answers_file
    try:
        recorded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ""
    except NotADirectoryError:
        return f"{destination} is a file. Choose a folder."
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        return f"{path} cannot be read ({type(error).__name__}). Choose another folder."
    if isinstance(recorded, dict) and recorded.get("_template") == TEMPLATE:
        return ""
    return f"{path} belongs to another template. Choose another folder."


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
    return f"{destination} has {names}{more} already. Move that away or choose an empty folder."


def output_paths(template: Path) -> set[str]:
    """Return every path that some combination of answers writes, relative to the destination."""
    return {
        "/".join(
            part for part in path.relative_to(template).parts if not _LAYER.fullmatch(part)
        ).removesuffix(".jinja")
        for path in template.rglob("*")
        if path.is_file() and path.name != _ANSWERS_FILE
    }
