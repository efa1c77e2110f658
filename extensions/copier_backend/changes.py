"""Which recorded facts about a project its files do not bear out any more."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .found import COMMANDS, FIELDS, MANY, PATHS, as_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from .found import Found

_IN_FOLDER = re.compile(r"(?:cd (?P<folder>\S+) && )?(?P<command>.+)")
_SCRIPT = re.compile(r"(?:npm|pnpm|yarn|bun) (?:run )?(?P<task>[\w:.-]+)")
_TASK = re.compile(
    r"(?:\w+ run )?(?P<runner>make|just|task|poe|nox -s|invoke|inv) (?P<task>[\w:.-]+)"
)
# What a package manager does by itself.
_OF_MANAGERS = frozenset({"add", "ci", "exec", "i", "install"})
# Which files define the tasks of a runner.
_DEFINED_IN = {
    "make": ("makefile", "gnumakefile"),
    "just": ("justfile", ".justfile"),
    "task": ("taskfile.yml", "taskfile.yaml", "pyproject.toml"),
}


@dataclass(frozen=True)
class Change:
    """One answer that differs from what the files say now.

    ``is_false`` tells that the recorded one is not true any more; else the files say more.
    """

    question: str
    recorded: Any
    now: Any
    where: str
    is_false: bool = True


def changes(recorded: Mapping[str, Any], folder: Path, found: Found) -> Iterator[Change]:
    """Yield what has changed since the answers were recorded.

    What the files do not decide, is left to the answer. Of commands only tasks are judged, and
    whether they are still defined: what else somebody types, no file tells.
    """
    project = recorded.get("project_folder", ".")
    if not os.path.lexists(folder / project):
        yield Change("project_folder", project, found.folder(), "it is not there any more")
        return
    for field in FIELDS:
        yield from _of_field(recorded, found, field, project)
    yield from _of_versions(recorded, found, project)
    for name in COMMANDS:
        question = f"command_{name}"
        was, now = recorded.get(question, ""), found.command(question, project)
        if was and was != now and not _is_defined(was, found):
            yield Change(question, was, now, "no file defines this task any more")
        elif not was and now:
            yield Change(question, was, now, found.evidence(question, project), is_false=False)
    for name in PATHS:
        question = f"path_{name}"
        was = recorded.get(question, "")
        if was and not os.path.lexists(folder / was):
            now = found.path(name, project)
            yield Change(question, was, now, "it is not there any more")


def _of_field(
    recorded: Mapping[str, Any], found: Found, field: str, project: str
) -> Iterator[Change]:
    question = f"project_{field}"
    was = as_list(recorded.get(question) or [])
    possible = found.possible(field, project)
    now = found.technologies(field, project)
    if possible is None:
        return
    value: str | list[str] = list(now) if field in MANY else "".join(now[:1])
    where = found.evidence(field, project)
    if gone := [each for each in was if each not in possible]:
        yield Change(question, gone if field in MANY else gone[0], value, where)
    elif set(now) - set(was):
        yield Change(question, was if field in MANY else "", value, where, is_false=False)


def _of_versions(recorded: Mapping[str, Any], found: Found, project: str) -> Iterator[Change]:
    was = recorded.get("project_versions") or {}
    answered = {
        each for field in FIELDS for each in as_list(recorded.get(f"project_{field}") or [])
    }
    now = found.versions(answered, project)
    false = {name: stated for name, stated in was.items() if now.get(name) != stated}
    if false:
        yield Change("project_versions", false, now, "the manifest states other versions")
    elif now.keys() - was.keys():
        yield Change("project_versions", was, now, "the manifest states more", is_false=False)


def _is_defined(command: str, found: Found) -> bool:
    """Tell whether the task that a command names is still there; true for what is no task."""
    parts = _IN_FOLDER.fullmatch(command)
    if parts is None:
        return True
    folder = parts["folder"] or "."
    if (script := _SCRIPT.fullmatch(parts["command"])) and script["task"] not in _OF_MANAGERS:
        return found.has_task(folder, ("package.json",), script["task"])
    if task := _TASK.fullmatch(parts["command"]):
        files = _DEFINED_IN.get(task["runner"], ())
        return found.has_task(folder, files, task["task"])
    return True
