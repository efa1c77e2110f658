#!/usr/bin/env -S uv run --quiet --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["jinja2>=3.1", "packaging>=24", "pyyaml>=6"]
# ///
"""Whether the agent kit of a project is still true: compares its recorded answers with its files.

Reads, and writes nothing. Exit code 0: true. 1: some fact is not true any more. 2: there is no kit.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if __name__ == "__main__":
    # Started as a script, from wherever: the packages stand beside it.
    sys.path.insert(0, str(Path(__file__).resolve().parent))

import detection
from copier_backend.changes import Change, changes
from copier_backend.found import Found
from copier_backend.registry import load_registry
from copier_backend.stack import OTHER_ANSWERS_FILE

if TYPE_CHECKING:
    from collections.abc import Sequence

# Copier's own, and the one beside that of another template.
ANSWERS_FILES = (".copier-answers.yml", OTHER_ANSWERS_FILE)
TECHNOLOGIES = Path(__file__).resolve().parent.parent / "technologies"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print which recorded facts are not true any more; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python extensions/agent_kit.py")
    parser.add_argument("folder", type=Path, nargs="?", default=Path())
    parser.add_argument(
        "--answers-file",
        metavar="FILE",
        help=f"without it, whichever of {' and '.join(ANSWERS_FILES)} is of the agent kit",
    )
    parser.add_argument(
        "--except",
        dest="known",
        action="append",
        default=[],
        metavar="QUESTION",
        help="an answer that you know better than the files; may be given several times",
    )
    parser.add_argument(
        "--answers",
        action="store_true",
        help="print what the files say now, as YAML for `copier update --data-file`",
    )
    options = parser.parse_args(arguments)
    names = [options.answers_file] if options.answers_file else ANSWERS_FILES
    recorded = _recorded(parser, [options.folder / name for name in names])
    if recorded is None:
        parser.error(
            f"{' and '.join(names)}: no answers about the agent kit of an existing project"
        )
    found = Found(options.folder, detection, load_registry(TECHNOLOGIES))
    all_changes = changes(recorded, options.folder, found)
    changed = [each for each in all_changes if each.question not in options.known]
    if options.answers:
        print(_as_answers(changed), end="")  # noqa: T201
        return 0
    for each in changed:
        print(_as_line(each))  # noqa: T201
    return int(any(each.is_false for each in changed))


def _recorded(parser: argparse.ArgumentParser, paths: Sequence[Path]) -> dict[str, Any] | None:
    """Return the answers of the first file that is about an agent kit."""
    for path in [path for path in paths if path.exists()] or paths[:1]:
        try:
            recorded = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            parser.error(f"{path} cannot be read ({type(error).__name__})")
        if isinstance(recorded, dict) and recorded.get("scope") == "agent_kit":
            return recorded
    return None


def _as_line(change: Change) -> str:
    kind = "not true any more" if change.is_false else "not recorded"
    now = change.now
    if change.is_false and isinstance(now, dict):
        now = {name: now.get(name, "nothing") for name in change.recorded}
    sides = f"{_shown(change.recorded)} -> {_shown(now)}"
    return f"{change.question}: {kind}: {sides} ({change.where.rstrip('.')})"


def _shown(value: Any) -> str:  # noqa: ANN401 # as YAML gives it
    if isinstance(value, dict):
        return ", ".join(map(str, value.values())) or "nothing"
    return (", ".join(value) if isinstance(value, list) else str(value)) or "nothing"


def _as_answers(changed: Sequence[Change]) -> str:
    answers = {each.question: each.now for each in changed}
    text: str = yaml.safe_dump(answers, allow_unicode=True)
    return text if answers else ""


if __name__ == "__main__":
    sys.exit(main())
