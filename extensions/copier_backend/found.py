"""What the files of a project that was there before say about it: the defaults of the questions."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from .names import is_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from .registry import Technology

# What is asked about the stack, in this order and in these words; the question is `project_` and
# the field.
FIELDS = {
    "language": "Language",
    "framework": "Framework",
    "api_style": "API style",
    "database": "Database",
    "orm": "Data access",
    "migrations": "Migrations",
    "auth": "Authentication",
    "cache": "Cache",
    "queue": "Queue",
    "package_manager": "Package manager",
    "test_runner": "Tests",
    "linter": "Lint",
    "formatter": "Format",
    "type_checker": "Types",
    "ci": "Continuous integration",
    "deployment": "Deployment",
}
# Those that may have several answers.
MANY = frozenset({"auth", "linter", "formatter", "type_checker", "ci", "deployment"})

# The project's own commands; the question is `command_` and the name. With what each does.
COMMANDS = {
    "install": "installs what the project needs",
    "dev": "runs it for development",
    "test": "runs the tests",
    "lint": "lints",
    "format": "formats",
    "type_check": "checks the types",
    "migrate": "migrates the database",
    "build": "builds",
}

# Places that agents look for; the question is `path_` and the name. With what each holds.
PATHS = {
    "application": "where the application is made",
    "migrations": "the migrations",
    "tests": "the tests",
    "settings_example": "the settings, as an example",
}

# How the managers run the tools that they have installed, and what needs no manager.
_NODE = {"npm": "npx", "pnpm": "pnpm exec", "yarn": "yarn run", "bun": "bunx"}
_RUN = {**_NODE, **{name: f"{name} run" for name in ("uv", "poetry", "pdm", "pipenv")}}
_ALONE = frozenset(
    [
        "bash",
        "bun",
        "bunx",
        "cargo",
        "deno",
        "docker",
        "go",
        "gradle",
        "hatch",
        "just",
        "make",
        "mvn",
        "node",
        "nox",
        "npm",
        "npx",
        "pdm",
        "pip",
        "pipenv",
        "pnpm",
        "poetry",
        "sh",
        "task",
        "tox",
        "uv",
        "uvx",
        "yarn",
    ]
)

_LONGEST = 200
_SHOWN = 60
_PLACES = 2
_UNSAFE_COMMAND = re.compile(r"[`{}\\]|'''")
_UNSAFE_PATH = re.compile(r"[`{}\\|<>\"'\s]")
_TEST_FOLDERS = ("tests", "test", "spec", "__tests__", "src/test", "src/tests")
_EXAMPLES = tuple(
    f"{before}{after}"
    for before in (".env", "env")
    for after in (".example", ".sample", ".template", ".dist")
)
_MIGRATIONS = ("migrations", "versions", "changelog")


def is_command(text: str) -> bool:
    """Tell whether the text is one line that a block of shell commands can hold."""
    return (
        text == text.strip()
        and len(text) <= _LONGEST
        and text.isprintable()
        and _UNSAFE_COMMAND.search(text) is None
    )


def is_path(text: str) -> bool:
    """Tell whether the text can be a path below the project, as it stands in a document."""
    parts = PurePosixPath(text).parts
    return (
        len(text) <= _LONGEST
        and text.isprintable()
        and _UNSAFE_PATH.search(text) is None
        and not text.startswith(("/", "-", "~", ":"))
        and ".." not in parts
    )


def as_list(ids: str | Sequence[str]) -> list[str]:
    """Return the ids of an answer: a field has one, or a list."""
    return [ids] if isinstance(ids, str) else list(ids)


class Found:
    """What is found in one folder. It is read once for each project of it that is asked about.

    ``detection`` is the package of that name.
    """

    def __init__(
        self,
        folder: Path,
        detection: Any,  # noqa: ANN401 # a module
        registry: Mapping[str, Technology],
    ) -> None:
        self._folder = folder
        self._detection = detection
        self._registry = registry
        self._reports: dict[str, Any] = {}

    def report(self, project: str) -> Any:  # noqa: ANN401 # a Report of another package
        """Return the detector's report: about the whole folder, or a project below it."""
        if "" not in self._reports:
            self._reports[""] = self._detection.detect(self._folder)
        whole = self._reports[""]
        if project in {"", ".", _value(whole, "folder")}:
            return whole
        if project not in self._reports:
            self._reports[project] = self._detection.detect(self._folder, folder=project)
        return self._reports[project]

    def folder(self) -> str:
        """Return the folder of the project; "." also where there are several."""
        found = str(_value(self.report(""), "folder") or ".")
        return found if is_path(found) else "."

    def technologies(self, field: str, project: str) -> list[str]:
        """Return the ids of what was found for a field; nothing where that is not certain."""
        ids = as_list(_value(self.report(project), field) or ())
        known = self._registry
        return [each for each in ids if each in known and field in known[each].signals]

    def possible(self, field: str, project: str) -> set[str] | None:
        """Return the ids of all that the answer can be; nothing where the files do not tell."""
        answer = self.report(project).fields.get(field)
        if answer is None or answer.status == "unknown":
            return None
        return {*self.technologies(field, project), *(each.value for each in answer.alternatives)}

    def has_task(self, folder: str, files: Sequence[str], name: str) -> bool:
        """Tell whether a file of a folder defines a task; one of any name, where none is given."""
        return any(
            task.name == name
            and str(PurePosixPath(task.file).parent) == folder
            and (not files or PurePosixPath(task.file).name.lower() in files)
            for task in self._tasks
        )

    @cached_property
    def _tasks(self) -> Sequence[Any]:
        tasks: Sequence[Any] = self._detection.readers.read_facts(self._tree).tasks
        return tasks

    @cached_property
    def _tree(self) -> Any:  # noqa: ANN401 # of another package
        return self._detection.tree.Tree(self._folder)

    def command(self, name: str, project: str) -> str:
        """Return a command of the project, to be run in the whole folder; or an empty text.

        A task runs where the file that defines it stands; so does one that has the command in its
        body. Where a pipeline runs it, its file does not tell, unless the project is the whole
        folder.
        """
        answer = self.report(project).fields.get(name)
        if answer is None or answer.status != "found":
            return ""
        stated = [each for each in answer.evidence if each.signal != "command"]
        place, text = (stated or answer.evidence)[0], str(answer.value)
        folder = str(PurePosixPath(place.file).parent)
        if not stated:
            kind, _, task = place.what.partition(":")
            manager = "".join(self.technologies("package_manager", project)[:1])
            if kind in {"make", "just"} and task:
                text = f"{kind} {task}"
            elif kind == "script" and task:
                text = f"{manager if manager in _NODE else 'npm'} run {task}"
            elif self._inside(project) == ".":
                text, folder = _with_environment(text, manager), "."
            else:
                return ""
        command = text if folder == "." else f"cd {folder} && {text}"
        return command if is_command(command) and is_path(folder) else ""

    def path(self, name: str, project: str) -> str:
        """Return a place of the project, or an empty text."""
        find = {
            "application": self._application,
            "migrations": self._migrations,
            "tests": self._tests,
            "settings_example": self._settings_example,
        }
        found = find[name](project)
        return found if is_path(found) else ""

    def versions(self, chosen: Iterable[str], project: str) -> dict[str, str]:
        """Return package and version, as the manifest has them, of the technologies found.

        The package that is called like the technology, else the first one. Each package once: the
        first field that it speaks for is what it is there for.
        """
        wanted = set(chosen)
        stated: dict[str, dict[str, str]] = {}
        fields = self.report(project).fields
        for field in FIELDS:
            for evidence in fields[field].evidence if field in fields else ():
                if evidence.signal != "dependency":
                    continue
                package, _, version = evidence.what.partition(" (")[0].partition(" ")
                if is_version(f"{package} {version}"):
                    for technology in sorted(self._that_have(field, package) & wanted):
                        stated.setdefault(technology, {})[package] = f"{package} {version}"
        versions: dict[str, str] = {}
        for technology, packages in stated.items():
            named = {technology, *self._registry[technology].names} & packages.keys()
            best = packages[min(named)] if named else next(iter(packages.values()))
            if best not in versions.values():
                versions[technology] = best
        return versions

    def evidence(self, field: str, project: str) -> str:
        """Return in a sentence where the answer was found, or why there is none."""
        answer = self.report(project).fields.get(field)
        if answer is None or answer.status == "none":
            return "Nothing was found."
        sides = " or ".join(
            f"{self._label(each.value)} ({_places(each.evidence[:1])})"
            for each in answer.alternatives
        )
        if answer.status == "conflict":
            return f"Nothing is filled in, because the files disagree: {sides}."
        if answer.status == "unknown":
            hints = f": {sides}" if sides else ""
            return f"Nothing is filled in, because there is not enough evidence{hints}."
        return f"Found in {_places(answer.evidence[:_PLACES])}."

    def undecided(self, project: str) -> dict[str, str]:
        """Return the fields about which the files disagree, with what they say, in words."""
        fields = self.report(project).fields
        return {
            field: " or ".join(self._label(each.value) for each in answer.alternatives)
            for field in ("folder", *FIELDS)
            if (answer := fields.get(field)) is not None and answer.status == "conflict"
        }

    def _inside(self, project: str) -> str:
        """Return the folder that the answers are about."""
        return self.folder() if project in {"", "."} else project

    def _label(self, technology: str) -> str:
        known = self._registry.get(technology)
        return known.label if known else _plain(technology)

    def _that_have(self, field: str, package: str) -> set[str]:
        """Return the technologies for which a dependency on the package speaks."""
        return {
            each.id
            for each in self._registry.values()
            for rule in each.signals.get(field, {}).get("dependency", ())
            if rule.partition(":")[2] == package
        }

    @property
    def files(self) -> Sequence[str]:
        """Return the path of every file that the detector looks at."""
        files: Sequence[str] = self._tree.files
        return files

    def _application(self, project: str) -> str:
        answer = self.report(project).fields.get("framework")
        if answer is None or answer.status != "found":
            return ""
        calls = [each.file for each in answer.evidence if each.signal == "call"]
        made = {file for file in calls if PurePosixPath(file).name != "manage.py"}
        return made.pop() if len(made) == 1 else ""

    def _migrations(self, project: str) -> str:
        """Return the one folder of migrations; where there are several, none is the place."""
        if not self.technologies("migrations", project):
            return ""
        inside = self._inside(project)
        folders = {
            str(parent)
            for file in self.files
            for parent in PurePosixPath(file).parents
            if parent.name in _MIGRATIONS and _is_below(file, inside)
        }
        outermost = {
            each for each in folders if not any(_is_below(each, o) for o in folders - {each})
        }
        # Generated code and fixtures have such folders, too.
        return outermost.pop() if len(outermost) == 1 else ""

    def _tests(self, project: str) -> str:
        inside = self._inside(project)
        for name in _TEST_FOLDERS:
            folder = name if inside == "." else f"{inside}/{name}"
            if any(_is_below(file, folder) for file in self.files):
                return folder
        return ""

    def _settings_example(self, project: str) -> str:
        inside = self._inside(project)
        places = [
            name if folder == "." else f"{folder}/{name}"
            for folder in dict.fromkeys((inside, "."))
            for name in _EXAMPLES
        ]
        return next((place for place in places if place in self.files), "")


def _with_environment(command: str, manager: str) -> str:
    """Return a command of a pipeline as one can type it: `uv run` and `npx` are left out there."""
    program = command.partition(" ")[0]
    if program in _ALONE or "/" in program or manager not in _RUN:
        return command
    return f"{_RUN[manager]} {command}"


def _value(report: Any, field: str) -> str | Sequence[str] | None:  # noqa: ANN401 # see above
    answer = report.fields.get(field)
    if answer is None or answer.status != "found":
        return None
    value: str | Sequence[str] | None = answer.value
    return value


def _is_below(path: str, folder: str) -> bool:
    return folder == "." or path.startswith(f"{folder}/")


def _places(evidence: Iterable[Any]) -> str:
    return ", ".join(
        _plain(each.file if each.signal == "source" else f"{each.file}:{each.line}")
        + (f" ({_plain(each.what)})" if each.what and each.what != each.file else "")
        for each in evidence
    )


def _plain(text: str) -> str:
    """Return what a terminal can show of a text from a file, in one line."""
    shown = "".join(each if each.isprintable() else " " for each in text)
    return shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 3]}..."
