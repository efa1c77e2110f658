"""What a project runs: tasks, pipelines, containers, hooks. Each gives commands and names of tasks."""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING, Any

from ..facts import Command, Facts, Image, Task
from ..formats.data import (
    Data,
    Lines,
    at,
    line_of,
    mapping,
    parse_ini,
    parse_json,
    parse_toml,
    parse_yaml,
    strings,
)
from ..formats.python import dotted, syntax, texts
from ..formats.shell import commands
from ..formats.small import dockerfile, justfile, makefile
from ..tree import name_of
from .configuration import image_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..formats.small import Line

_SCRIPT_KEYS = frozenset(
    "run script before_script after_script before_install install command commands cmd cmds bash"
    " buildCommand startCommand preDeployCommand scripts".split()
)
MAX_STEPS = 5_000


def _add(facts: Facts, path: str, line: int, body: str, origin: str) -> None:
    for words in commands(body):
        facts.commands.append(Command(path, line, words, origin))


def read_package_tasks(facts: Facts, path: str, text: str) -> None:
    """Read the scripts of package.json as tasks."""
    data = mapping(parse_json(text))
    for name, body in mapping(data.get("scripts")).items():
        if isinstance(body, str):
            line = line_of(text, '"scripts"', f'"{name}"')
            facts.tasks.append(Task(path, line, name, f"npm run {name}", body))


def read_python_tasks(facts: Facts, path: str, text: str) -> None:
    """Read the tasks of pyproject.toml and Pipfile: poe, taskipy, PDM, Hatch, pixi, rye, Pipenv."""
    data = mapping(parse_toml(text))
    places = {
        "tool.poe.tasks": "poe {}",
        "tool.taskipy.tasks": "task {}",
        "tool.pdm.scripts": "pdm run {}",
        "tool.pixi.tasks": "pixi run {}",
        "tool.rye.scripts": "rye run {}",
        "scripts": "pipenv run {}" if name_of(path) == "Pipfile" else "",
    }
    for place, call in places.items():
        if call:
            _read_task_table(facts, path, text, mapping(at(data, place)), place, call)
    for environment, content in mapping(at(data, "tool.hatch.envs")).items():
        prefix = "hatch run " if environment == "default" else f"hatch run {environment}:"
        scripts = mapping(mapping(content).get("scripts"))
        _read_task_table(facts, path, text, scripts, f"envs.{environment}", prefix + "{}")


def _read_task_table(
    facts: Facts, path: str, text: str, table: dict[str, Any], place: str, call: str
) -> None:
    for name, value in table.items():
        body = "\n".join(_task_bodies(value))
        line = line_of(text, place, f"\n{name}") + 1 if f"\n{name}" in text else line_of(text, name)
        facts.tasks.append(Task(path, line, name, call.format(name), body))
        _add(facts, path, line, body, f"task:{name}")


def _task_bodies(value: Data, depth: int = 3) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and depth:
        for each in value:
            yield from _task_bodies(each, depth - 1)
    elif isinstance(value, dict) and depth:
        for key in ("cmd", "shell", "script", "composite", "sequence", "chain"):
            yield from _task_bodies(value.get(key), depth - 1)


def read_makefile(facts: Facts, path: str, text: str) -> None:
    """Read a Makefile."""
    _read_recipes(facts, path, makefile(text), "make")


def read_justfile(facts: Facts, path: str, text: str) -> None:
    """Read a justfile."""
    _read_recipes(facts, path, justfile(text), "just")


def _read_recipes(facts: Facts, path: str, lines: Iterator[Line], program: str) -> None:
    places: dict[str, int] = {}
    bodies: dict[str, list[str]] = {}
    for line in lines:
        places.setdefault(line.name, line.line)
        bodies.setdefault(line.name, []).append(line.value)
        _add(facts, path, line.line, line.value, f"{program}:{line.name}")
    for name, body in bodies.items():
        facts.tasks.append(
            Task(path, places[name], name, f"{program} {name}", "\n".join(body).strip())
        )


def read_taskfile(facts: Facts, path: str, text: str) -> None:
    """Read Taskfile.yml of go-task."""
    tasks = at(parse_yaml(text), "tasks")
    if not isinstance(tasks, Lines):
        return
    for name, content in tasks.items():
        cmds = (
            content
            if isinstance(content, str | list)
            else mapping(content).get("cmds") or mapping(content).get("cmd")
        )
        body = "\n".join(
            each if isinstance(each, str) else str(mapping(each).get("cmd", ""))
            for each in (cmds if isinstance(cmds, list) else [cmds])
            if each
        )
        line = tasks.line[name]
        facts.tasks.append(Task(path, line, name, f"task {name}", body))
        _add(facts, path, line, body, f"task:{name}")


def read_pipeline(facts: Facts, path: str, text: str) -> None:
    """Read the configuration of a CI system: what its steps run, and the services beside them."""
    budget = [MAX_STEPS]
    seen: set[int] = set()

    def walk(value: Data, key: str, line: int, depth: int) -> None:
        budget[0] -= 1
        if budget[0] < 0 or depth > 12:
            return
        if isinstance(value, str):
            if key in _SCRIPT_KEYS:
                _add(facts, path, line, value, "ci")
            elif key in {"image", "services", "docker"}:
                facts.images.append(Image(path, line, image_name(value), "ci"))
            elif key == "uses":
                action = value.partition("@")[0].lower()
                facts.commands.append(Command(path, line, ("uses", action), "ci"))
            return
        if id(value) in seen:
            return
        seen.add(id(value))
        if isinstance(value, Lines):
            for name, inner in value.items():
                # What stands in `run: {command: …}` and in `services: {name: {image: …}}`.
                walk(inner, name, value.line[name], depth + 1)
        elif isinstance(value, list):
            for each in value:
                walk(each, key, line, depth + 1)

    walk(parse_yaml(text), "", 1, 0)


def read_dockerfile(facts: Facts, path: str, text: str) -> None:
    """Read a Dockerfile: what it runs, and what it is built on."""
    for line in dockerfile(text):
        if line.name in {"RUN", "CMD", "ENTRYPOINT"}:
            _add(facts, path, line.line, _shell_form(line.value), "docker")
        elif line.name == "FROM":
            facts.images.append(Image(path, line.line, image_name(line.value.split()[0]), "docker"))


def _shell_form(value: str) -> str:
    if not value.startswith("["):
        while value.startswith("--") and " " in value:
            # Options of RUN, as --mount=….
            value = value.partition(" ")[2].lstrip()
        return value
    try:
        return " ".join(strings(json.loads(value)))
    except (ValueError, RecursionError):
        return ""


def read_procfile(facts: Facts, path: str, text: str) -> None:
    """Read a Procfile: what each process runs."""
    for number, line in enumerate(text.split("\n"), start=1):
        process, colon, body = line.partition(":")
        if colon and not process.startswith("#"):
            _add(facts, path, number, body, f"process:{process.strip()}")


def read_script(facts: Facts, path: str, text: str) -> None:
    """Read a shell script, line by line."""
    for number, line in enumerate(text.split("\n")[:600], start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            _add(facts, path, number, line, "shell")


def read_tox(facts: Facts, path: str, text: str) -> None:
    """Read tox.ini: the commands of its environments."""
    for section, values in (parse_ini(text) or {}).items():
        for key in ("commands", "commands_pre"):
            line = line_of(text, f"[{section}]", key)
            _add(facts, path, line, values.get(key, ""), f"tox:{section}")


def read_python_runner(facts: Facts, path: str, text: str) -> None:
    """Read noxfile.py and tasks.py of invoke: each function is a task, its run() calls commands."""
    tree = syntax(text)
    if tree is None:
        return
    program = "nox -s" if name_of(path) == "noxfile.py" else "invoke"
    marks = ("session", "task")
    for function in tree.body:
        if not isinstance(function, ast.FunctionDef):
            continue
        decorators = [
            each.func if isinstance(each, ast.Call) else each for each in function.decorator_list
        ]
        if not any(dotted(each).rpartition(".")[2] in marks for each in decorators):
            continue
        bodies = []
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in {
                "run",
                "sudo",
            }:
                words = [word for argument in node.args for word in texts(argument)]
                bodies.append(" ".join(words))
                _add(facts, path, node.lineno, bodies[-1], f"task:{function.name}")
        name = function.name.replace("_", "-") if program == "invoke" else function.name
        facts.tasks.append(
            Task(path, function.lineno, name, f"{program} {name}", "\n".join(bodies))
        )


def read_lefthook(facts: Facts, path: str, text: str) -> None:
    """Read lefthook.yml: its commands have the form of a pipeline."""
    read_pipeline(facts, path, text)


def read_platform(facts: Facts, path: str, text: str) -> None:
    """Read vercel.json, netlify.toml, railway.json and the like: what they build and start."""
    data = parse_toml(text) if path.endswith(".toml") else parse_json(text)
    for holder in (mapping(data), *map(mapping, mapping(data).values())):
        for key, value in holder.items():
            if key in {
                "buildCommand",
                "startCommand",
                "installCommand",
                "command",
                "release_command",
            } and isinstance(value, str):
                _add(facts, path, line_of(text, key), value, "platform")
