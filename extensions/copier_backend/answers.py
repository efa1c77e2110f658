"""Whose answers a destination already holds."""

from __future__ import annotations

from pathlib import Path

import yaml

TEMPLATE = "copier-backend"


def foreign_answers(destination: Path, answers_file: Path) -> str:
    """Return why the answers in the destination are not ours, or an empty string.

    Copier takes over the answers that it finds and overwrites their file, so a project that
    another template made would lose its link to that template.
    """
    path = Path(destination) / answers_file
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        return f"{path} cannot be read ({error}). Choose another folder."
    try:
        recorded = yaml.safe_load(text)
    except yaml.YAMLError:
        return f"{path} is no valid YAML. Repair it or choose another folder."
    if isinstance(recorded, dict) and recorded.get("_template") == TEMPLATE:
        return ""
    return f"{path} belongs to another template. Choose another folder."
