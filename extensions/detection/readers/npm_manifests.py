"""What JavaScript projects depend on: package.json, workspaces of every manager, Deno."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

from ..facts import Command, Dependency, Facts, Manifest, Property, Scope, Table
from ..formats.data import Data, at, line_of, mapping, parse_json, parse_yaml, sequence, strings
from ..formats.shell import commands

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCOPES = {
    "dependencies": Scope.RUNTIME,
    "optionalDependencies": Scope.OPTIONAL,
    "peerDependencies": Scope.PEER,
    "devDependencies": Scope.DEVELOPMENT,
}
_FULL = ("dependencies", "devDependencies", "scripts", "workspaces")
_PUBLIC = ("module", "exports", "types", "typings", "files", "publishConfig")
"""What only packages have that others install; everybody has "main"."""
_ALIAS = re.compile(r"npm:(@?[^@]+)(?:@(.*))?")
_SPECIFIER = re.compile(r"(?:npm|jsr):/?(@?[^@/]+(?:/[^@/]+)?)(?:@([^/]*))?.*")


def read_package_json(facts: Facts, path: str, text: str) -> None:
    """Read package.json: dependencies, scripts, and a table for each key that tools read."""
    data = parse_json(text)
    if not isinstance(data, dict):
        facts.broken.append(path)
        return
    name = data.get("name") if isinstance(data.get("name"), str) else ""
    is_public = data.get("private") is not True and bool(name)
    is_published = is_public and any(key in data for key in _PUBLIC)
    facts.manifests.append(
        Manifest(
            path,
            1,
            "npm",
            name=str(name or ""),
            full=is_published or any(data.get(key) for key in _FULL),
            published=is_published,
            installable=is_public and bool(data.get("main")),
            workspaces=tuple(_workspaces(data.get("workspaces"))),
        )
    )
    for key in mapping(data):
        facts.tables.append(Table(path, line_of(text, f'"{key}"'), key))
    for key, scope in _SCOPES.items():
        _read_dependencies(facts, path, text, key, mapping(data.get(key)), scope)
    _read_manager(facts, path, text, data)
    scripts = mapping(data.get("scripts"))
    for script, body in scripts.items():
        if isinstance(body, str):
            line = line_of(text, '"scripts"', f'"{script}"')
            for words in commands(body):
                facts.commands.append(Command(path, line, words, f"script:{script}"))
                for inner in commands(_of_script(words, scripts)):
                    facts.commands.append(Command(path, line, inner, f"script:{script}"))
    for body in _strings_below(data.get("lint-staged")):
        for words in commands(body):
            facts.commands.append(
                Command(path, line_of(text, '"lint-staged"'), words, "lint-staged")
            )


def _of_script(words: tuple[str, ...], scripts: dict[str, Any]) -> str:
    """Return what `npm run NAME -- ARGUMENTS` runs, when that is one of the scripts."""
    if words[0] not in {"npm", "pnpm", "yarn", "bun"} or len(words) < 2:
        return ""
    rest = words[2:] if words[1] in {"run", "run-script"} else words[1:]
    body = scripts.get(rest[0]) if rest else None
    arguments = shlex.join(word for word in rest[1:] if word != "--")
    return f"{body} {arguments}" if isinstance(body, str) and arguments else ""


def _workspaces(value: Data) -> Iterator[str]:
    yield from strings(mapping(value).get("packages", []) if isinstance(value, dict) else value)


def _read_dependencies(
    facts: Facts, path: str, text: str, key: str, listed: dict[str, Any], scope: Scope
) -> None:
    for name, version in listed.items():
        alias = _ALIAS.fullmatch(version) if isinstance(version, str) else None
        facts.dependencies.append(
            Dependency(
                path,
                line_of(text, f'"{key}"', f'"{name}"'),
                "npm",
                alias[1] if alias else name,
                scope,
                str(version),
            )
        )


def _read_manager(facts: Facts, path: str, text: str, data: dict[str, Any]) -> None:
    manager = data.get("packageManager")
    if isinstance(manager, str):
        name = manager.partition("@")[0].strip().lower()
        facts.properties.append(
            Property(path, line_of(text, '"packageManager"'), "packageManager", name)
        )
    manager = at(data, "devEngines.packageManager.name")
    if isinstance(manager, str):
        facts.properties.append(
            Property(path, line_of(text, '"devEngines"'), "packageManager", manager)
        )
    for key in ("engines", "volta"):
        for name in mapping(data.get(key)):
            facts.properties.append(
                Property(path, line_of(text, f'"{key}"', f'"{name}"'), "engines", name)
            )


def _strings_below(value: Data, depth: int = 3) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth and isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings_below(each, depth - 1)


def read_pnpm_workspace(facts: Facts, path: str, text: str) -> None:
    """Read pnpm-workspace.yaml."""
    data = mapping(parse_yaml(text))
    globs = tuple(strings(data.get("packages", [])))
    facts.manifests.append(Manifest(path, 1, "npm", full=False, workspaces=globs))


def read_lerna(facts: Facts, path: str, text: str) -> None:
    """Read lerna.json."""
    globs = tuple(strings(mapping(parse_json(text)).get("packages", [])))
    facts.manifests.append(Manifest(path, 1, "npm", full=False, workspaces=globs))


def read_deno(facts: Facts, path: str, text: str) -> None:
    """Read deno.json: the map of imports, and the tasks."""
    data = parse_json(text)
    if not isinstance(data, dict):
        facts.broken.append(path)
        return
    facts.manifests.append(
        Manifest(
            path,
            1,
            "npm",
            name=str(data.get("name", "")),
            full=bool(data.get("imports") or data.get("tasks")),
            published="exports" in data,
            workspaces=tuple(_workspaces(data.get("workspace"))),
        )
    )
    for name, target in mapping(data.get("imports")).items():
        found = _SPECIFIER.fullmatch(target) if isinstance(target, str) else None
        plain = found[1] if found else name.rstrip("/")
        facts.dependencies.append(
            Dependency(
                path,
                line_of(text, '"imports"', f'"{name}"'),
                "npm",
                plain,
                Scope.RUNTIME,
                str(found[2] or "") if found else "",
            )
        )
    for task, body in mapping(data.get("tasks")).items():
        for line in strings(body if isinstance(body, str) else mapping(body).get("command", [])):
            for words in commands(line):
                facts.commands.append(
                    Command(path, line_of(text, f'"{task}"'), words, f"script:{task}")
                )
    for key in mapping(data):
        facts.tables.append(Table(path, line_of(text, f'"{key}"'), key))


def read_nx_project(facts: Facts, path: str, text: str) -> None:
    """Read project.json of Nx: the commands of its targets."""
    data = mapping(parse_json(text))
    for target, content in mapping(data.get("targets")).items():
        executor = mapping(content).get("executor")
        if isinstance(executor, str):
            words = tuple(executor.split(":"))
            facts.commands.append(
                Command(path, line_of(text, f'"{target}"'), words, f"nx:{target}")
            )
        options = mapping(mapping(content).get("options"))
        for line in strings(options.get("command", [])) + [
            each if isinstance(each, str) else str(mapping(each).get("command", ""))
            for each in sequence(options.get("commands"))
        ]:
            for words in commands(line):
                facts.commands.append(
                    Command(path, line_of(text, f'"{target}"'), words, f"nx:{target}")
                )
