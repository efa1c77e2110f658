"""The project's own commands: how it is installed, run, tested, checked, migrated and built."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .evidence import Answer, Evidence, Status, Strength
from .projects import ABOVE, OWN
from .roles import Role
from .tree import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Set

    from .facts import Command, Task
    from .projects import View

# The names of tasks, those that say it best first.
_NAMES = {
    "dev": r"dev start[:_-]dev develop dev[:_-](server|api|backend) runserver serve run up watch start",
    "test": r"tests? test[:_-](unit|all|backend|api) unit unit[:_-]tests? pytest",
    "lint": r"lint linter lint[:_-](check|all|backend|py|js) check[:_-]lint eslint ruff flake8 check",
    "format": r"format fmt format[:_-](write|fix|code|all|backend|py) prettier prettify black style"
    r" lint[:_-]fix fix",
    "type_check": r"type[:_-]?check(ing)? types? check[:_-]types? ts?c mypy pyright"
    r" lint[:_-](types|ts) ts[:_-]check",
    "migrate": r"migrate migrations? db[:_-]?(migrate|upgrade|migration)"
    r" migrate[:_-](up|latest|dev|run|deploy|db)"
    r" (prisma|typeorm|knex|drizzle|migrations?)[:_-](migrate|run|up|deploy|latest)(:.*)? upgrade[:_-]db",
    "build": r"build compile build[:_-](prod|production|all) dist",
}
_PATTERNS = {
    name: tuple(re.compile(pattern) for pattern in patterns.split())
    for name, patterns in _NAMES.items()
}
# What the same program does with one of these is something else.
_NOT = {
    "format": frozenset({"--check", "--check-only", "--diff", "-c", "-l", "--list-different"}),
    "lint": frozenset({"--fix", "--write"}),
}
_FALLBACKS = {
    "install": (
        ("uv", "sync"),
        ("poetry", "install"),
        ("pdm", "install"),
        ("pipenv", "install"),
        ("pip", "install", "-r"),
        ("npm", "ci"),
        ("npm", "install"),
        ("npm", "i"),
        ("pnpm", "install"),
        ("pnpm", "i"),
        ("yarn", "install"),
        ("yarn",),
        ("bun", "install"),
        ("go", "mod", "download"),
    ),
    "test": (
        ("pytest",),
        ("manage.py", "test"),
        ("unittest",),
        ("node", "--test"),
        ("go", "test"),
        ("cargo", "test"),
        ("npm", "test"),
        ("mvn", "test"),
        ("gradlew", "test"),
    ),
    "lint": (
        ("ruff", "check"),
        ("flake8",),
        ("pylint",),
        ("eslint",),
        ("golangci-lint", "run"),
        ("cargo", "clippy"),
    ),
    "format": (("ruff", "format"), ("black",), ("prettier",), ("gofmt",), ("cargo", "fmt")),
    "type_check": (("mypy",), ("pyright",), ("ty", "check"), ("tsc", "--noEmit")),
    "migrate": (
        ("manage.py", "migrate"),
        ("alembic", "upgrade"),
        ("flask", "db", "upgrade"),
        ("prisma", "migrate"),
        ("knex", "migrate:latest"),
    ),
    "dev": (("manage.py", "runserver"), ("fastapi", "dev"), ("flask", "run"), ("uvicorn",)),
    "build": (),
}
_MANAGERS = {
    "uv": ("uv.lock", "uv sync"),
    "poetry": ("poetry.lock", "poetry install"),
    "pdm": ("pdm.lock", "pdm install"),
    "pipenv": ("Pipfile", "pipenv install --dev"),
    "npm": ("package.json", "npm install"),
    "pnpm": ("pnpm-lock.yaml", "pnpm install"),
    "yarn": ("yarn.lock", "yarn install"),
    "bun": ("bun.lock", "bun install"),
}


def own_commands(view: View, manager: Answer) -> dict[str, Answer]:
    """Return an answer for each command, `command_test` and so on, with where it was found."""
    managed = manager.value if isinstance(manager.value, str) else ""
    found = {f"command_{name}": _command(view, name, managed) for name in _NAMES}
    return {"command_install": _install(view, manager), **found}


def _command(view: View, name: str, manager: str) -> Answer:
    tasks = sorted(_tasks(view, name), key=lambda each: _rank(each, name))
    if tasks:
        task = tasks[0]
        evidence = Evidence(
            Strength.DECLARED, task.file, task.line, "task", task.body.partition("\n")[0][:80]
        )
        return Answer(Status.FOUND, _call(task, manager), (evidence,))
    return _from_pipelines(view, name)


def _tasks(view: View, name: str) -> Iterator[Task]:
    for level in (OWN, ABOVE):
        found = [
            task
            for task in view.facts("tasks", level)
            if any(pattern.fullmatch(task.name) for pattern in _PATTERNS[name])
            and _is_for(view, task)
            and "no test specified" not in task.body
        ]
        if found:
            yield from found
            return


def _is_for(view: View, task: Task) -> bool:
    """Tell whether a task is of the project's language, in a place that speaks for it."""
    of = {
        "package.json": "npm",
        "pyproject.toml": "pypi",
        "Pipfile": "pypi",
        "noxfile.py": "pypi",
        "tasks.py": "pypi",
    }
    return of.get(
        name_of(task.file), view.project.ecosystem
    ) == view.project.ecosystem and view.role(task.file) in {Role.MAIN, Role.TOOL}


def _rank(task: Task, name: str) -> tuple[int, int, int, str]:
    """Prefer the name that says it best, then tasks of the language over those of make."""
    patterns = enumerate(_PATTERNS[name])
    best = next(place for place, pattern in patterns if pattern.fullmatch(task.name))
    of_language = name_of(task.file) in {"package.json", "pyproject.toml", "Pipfile", "deno.json"}
    return task.file.count("/"), best, 0 if of_language else 1, task.file


def _call(task: Task, manager: str) -> str:
    if task.call.startswith("npm run "):
        plain = task.call.removeprefix("npm run ")
        if manager in {"pnpm", "yarn", "bun"}:
            return f"{manager} run {plain}"
        return f"npm {plain}" if plain in {"test", "start"} else task.call
    if (
        task.call.startswith(("poe ", "task "))
        and manager in {"uv", "poetry", "pdm", "pipenv"}
        and name_of(task.file) == "pyproject.toml"
    ):
        return f"{manager} run {task.call}"
    return task.call


def _from_pipelines(view: View, name: str) -> Answer:
    """Return what a pipeline, a container or a script runs for this."""
    for wanted in _FALLBACKS[name]:
        command = _first(view, wanted, _NOT.get(name, frozenset()))
        if command:
            text = " ".join(command.words)
            evidence = Evidence(
                Strength.CONFIGURED, command.file, command.line, "command", command.origin
            )
            return Answer(
                Status.FOUND,
                f"python {text}" if text.startswith("manage.py") else text,
                (evidence,),
            )
    return Answer(Status.NONE)


def _first(view: View, wanted: tuple[str, ...], unwanted: Set[str]) -> Command | None:
    for _, command in view.named("commands", wanted[0], OWN, ABOVE):
        if (
            command.words[: len(wanted)] == wanted
            and view.role(command.file) in {Role.MAIN, Role.TOOL}
            and not unwanted & {*command.words}
            and not any("$" in word or "{" in word or ">" in word for word in command.words)
        ):
            found: Command = command
            return found
    return None


def _install(view: View, manager: Answer) -> Answer:
    if isinstance(manager.value, str) and manager.value in _MANAGERS:
        return Answer(Status.FOUND, _MANAGERS[manager.value][1], manager.evidence)
    return _from_pipelines(view, "install")
