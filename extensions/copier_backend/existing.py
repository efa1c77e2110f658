"""The object that templates know as ``existing``: questions and facts about such a project."""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING, Any

from jinja2 import pass_context

from . import destination, names
from .found import COMMANDS, FIELDS, MANY, PATHS, Found, as_list, is_command, is_path
from .layers import Layers
from .rendering import RECORDED, Rendering

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from .registry import Technology
    from .stack import Stack

    Context = Mapping[str, Any]

PROJECT_FILE = ".agents/project.md"
"""Where the facts stand in a project that has an AGENTS.md of its own."""
_OWN_FILES = ("AGENTS.md", "CLAUDE.md")


class ExistingProjects:
    """What the questions ask about a project that is there, and what the agent kit says of it.

    ``load`` returns a package that stands beside this one, by its name. A folder is looked at once,
    and not at all when its answers are recorded.
    """

    def __init__(
        self, root: Path, stack: Stack, load: Callable[[str], Any] = importlib.import_module
    ) -> None:
        self._layers = Layers(root)
        self._stack = stack
        self._load = load
        self._found: dict[Path, Found] = {}

    # Defaults, choices and helps of the questions.

    @pass_context
    def choices(self, context: Context, field: str) -> str:
        """Return the choices of a question about a field, as JSON."""
        if not Rendering(context).is_about_existing:
            return "[]"
        known = [each for each in self._stack.technologies.values() if field in each.signals]
        offered = {each.label: each.id for each in sorted(known, key=lambda each: each.label)}
        return json.dumps(offered if field in MANY else {"Not used, or not known": "", **offered})

    @pass_context
    def found(self, context: Context, name: str) -> str:
        """Return the default of a question: what was found, or nothing where that is not certain."""
        found, project = self._asked(context), context.get("project_folder", "")
        if found is None:
            return "[]" if name in MANY else ""
        if name == "folder":
            return found.folder()
        if name.startswith("command_"):
            return found.command(name, project)
        if name.startswith("path_"):
            return found.path(name.removeprefix("path_"), project)
        ids = found.technologies(name, project)
        return json.dumps(ids) if name in MANY else "".join(ids[:1])

    @pass_context
    def evidence(self, context: Context, name: str) -> str:
        """Return where the default of a question was found, or why there is none."""
        found = self._asked(context)
        return found.evidence(name, context.get("project_folder", "")) if found else ""

    @pass_context
    def versions(self, context: Context) -> str:
        """Return the versions that the manifest asks for, of what was answered, as JSON."""
        found = self._asked(context)
        if found is None:
            return "{}"
        chosen = [each.id for each in self.answered(context)]
        return json.dumps(found.versions(chosen, context.get("project_folder", "")))

    @pass_context
    def own_files(self, context: Context) -> str:
        """Return which of the files for agents the project has of its own, as JSON."""
        rendering = Rendering(context)
        if not rendering.is_about_existing or rendering.is_recorded:
            return "[]"
        return json.dumps(destination.yours(rendering.folder, _OWN_FILES))

    def technologies(self, context: Context, field: str) -> list[str]:
        """Return what a folder holds already into which a new service is rendered."""
        found = self._look(Rendering(context))
        return found.technologies(field, "") if found else []

    # Validators of the questions: what is wrong with an answer, or an empty string.

    @pass_context
    def overwritten(self, context: Context) -> str:
        rendering = Rendering(context)
        if rendering.is_recorded:
            return ""
        there = destination.yours(rendering.folder, _OWN_FILES)
        taken = [name for name in there if name not in context[RECORDED]]
        return f"{' and '.join(taken)} would be overwritten." if taken else ""

    @pass_context
    def taken(self, context: Context) -> str:
        rendering = Rendering(context)
        if not rendering.is_about_existing or rendering.is_recorded:
            return ""
        there = ", ".join(destination.yours(rendering.folder, self.written(context)))
        if not there:
            return ""
        return f"{rendering.folder} has {there} already. Move that away, or leave the tool out."

    @pass_context
    def wrong_path(self, context: Context, path: str) -> str:
        rendering = Rendering(context)
        if not is_path(path):
            return "Type a path below the project, without spaces, quotes and braces, or nothing."
        if path and not rendering.is_apart and not (rendering.folder / path).exists():
            return f"There is no {path} in {rendering.folder}. Type one that is there, or nothing."
        return ""

    def wrong_command(self, command: str) -> str:
        if is_command(command):
            return ""
        return (
            "Type one line of at most 200 characters, without braces, backticks and backslashes,"
            " or nothing."
        )

    def wrong_versions(self, versions: Any) -> str:  # noqa: ANN401 # as YAML gives it
        if isinstance(versions, dict) and all(
            each in self._stack.technologies and isinstance(text, str) and names.is_version(text)
            for each, text in versions.items()
        ):
            return ""
        return "It maps a technology to its package and version, for example {fastapi: fastapi 1.2}"

    # What the answers say.

    @pass_context
    def parts(self, context: Context) -> list[tuple[str, list[Technology]]]:
        """Return what the project is made of: each part in words, with its technologies."""
        answers = [(part, context.get(f"project_{field}")) for field, part in FIELDS.items()]
        return [
            (part, [self._stack.technology(each) for each in as_list(ids)])
            for part, ids in answers
            if ids
        ]

    @pass_context
    def answered(self, context: Context) -> list[Technology]:
        """Return each technology of the project once."""
        listed = [each for _, technologies in self.parts(context) for each in technologies]
        return list({each.id: each for each in listed}.values())

    @pass_context
    def commands(self, context: Context, *wanted: str) -> list[tuple[str, str]]:
        """Return the project's own commands, each once, and what it does."""
        does: dict[str, list[str]] = {}
        for name in wanted or COMMANDS:
            if command := context.get(f"command_{name}"):
                does.setdefault(command, []).append(COMMANDS[name])
        return [(command, ", ".join(each)) for command, each in does.items()]

    @pass_context
    def places(self, context: Context) -> list[tuple[str, str]]:
        """Return the places of the project, and what each holds."""
        return [
            (path, holds) for name, holds in PATHS.items() if (path := context.get(f"path_{name}"))
        ]

    # The closing message.

    @pass_context
    def written(self, context: Context) -> list[str]:
        """Return the paths that these answers write."""
        answers = {name: context[name] for name in ("scope", "agent_tools", RECORDED)}
        return sorted(self._layers.output_paths(answers))

    @pass_context
    def lines_to_add(self, context: Context) -> dict[str, str]:
        """Return the line that each of the user's own files needs to lead agents to the facts."""
        own = context[RECORDED]
        facts = PROJECT_FILE if "AGENTS.md" in own else "AGENTS.md"
        lines = {
            "AGENTS.md": f"Read `{PROJECT_FILE}` first: commands, stack and limits of this project.",
            "CLAUDE.md": f"@{facts}",
        }
        wanted = {
            name: lines[name]
            for name in own
            if name == "AGENTS.md" or "claude_code" in context["agent_tools"]
        }
        return destination.lines_to_add(Rendering(context).folder, wanted, facts)

    @pass_context
    def undecided(self, context: Context) -> list[str]:
        """Return about what the files disagree, where no answer was given."""
        found = self._found.get(Rendering(context).folder)
        if found is None:
            return []
        return [
            f"{field} ({sides})"
            for field, sides in found.undecided(context.get("project_folder", "")).items()
            if context.get(f"project_{field}") in ("", ".", [])
        ]

    def _asked(self, context: Context) -> Found | None:
        """Return what is found in the project that the questions are about."""
        rendering = Rendering(context)
        return self._look(rendering) if rendering.is_about_existing else None

    def _look(self, rendering: Rendering) -> Found | None:
        """Return what is in the destination; nothing when its answers are recorded."""
        folder = rendering.folder
        if rendering.is_recorded or not destination.names_in(folder):
            return None
        if folder not in self._found:
            self._found[folder] = Found(folder, self._load("detection"), self._stack.technologies)
        return self._found[folder]
