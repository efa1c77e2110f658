"""How a project is configured: environment files, services, the settings files of tools."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..facts import Command, Facts, Hook, Image, Property, Setting, Table, Variable
from ..formats.data import (
    Data,
    Lines,
    line_of,
    mapping,
    parse_ini,
    parse_json,
    parse_toml,
    parse_yaml,
    sequence,
    strings,
)
from ..formats.shell import commands
from ..formats.small import dotenv, prisma, scheme

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEFAULT = re.compile(r"\$\{[^}:]*:?-([^}]*)\}")
_KIND = re.compile(
    r"(.*[._])?(db|database|datasource|typeorm|sequelize|knex|persistence)\w*?[._]?(type|connection|dialect|engine|client|driver|vendor|provider|adapter|kind|backend|flavou?r)s?",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"[a-z][a-z0-9+_.-]{1,30}", re.IGNORECASE)
_JSON_KEYS = frozenset(
    {
        "dialect",
        "client",
        "type",
        "provider",
        "driver",
        "url",
        "uri",
        "connectionstring",
        "connection",
        "storage",
    }
)
MAX_VALUE = 500
"""Characters of a value that are looked at, and of a name."""
_URL_NAME = re.compile(r"ur[li]|dsn|connection", re.IGNORECASE)


def read_dotenv(facts: Facts, path: str, text: str) -> None:
    """Read the names of variables, and of their values only a URL's scheme or the kind of database."""
    for line in dotenv(text):
        facts.variables.append(Variable(path, line.line, line.name, _kept(line.name, line.value)))


def _with_default(value: str) -> str:
    """Return a value with the default in place of `${NAME:-default}`."""
    return _DEFAULT.sub(r"\1", value[:MAX_VALUE])


def _kept(name: str, value: str) -> str:
    plain = value[:MAX_VALUE].strip("'\" ")
    if len(name) > MAX_VALUE:
        return ""
    if _KIND.fullmatch(name) and _PLAIN.fullmatch(plain):
        return plain.rpartition(".")[2].lower()
    return scheme(plain.removeprefix("jdbc:"))


def read_compose(facts: Facts, path: str, text: str) -> None:
    """Read the services of a compose file: image, environment, command."""
    document = mapping(parse_yaml(text))
    services = mapping(document.get("services")) or document
    for service in services.values():
        if isinstance(service, Lines):
            _read_service(facts, path, service)


def _read_service(facts: Facts, path: str, service: Lines) -> None:
    image = service.get("image")
    if isinstance(image, str):
        facts.images.append(Image(path, service.line["image"], image_name(image), "compose"))
    for name, value, line in _environment(service):
        facts.variables.append(Variable(path, line, name, _kept(name, _with_default(value))))
    # What runs in somebody else's image is not the project's.
    for key in ("command", "entrypoint") if "build" in service else ():
        for words in commands(" ".join(strings(service.get(key)))):
            facts.commands.append(Command(path, service.line[key], words, "compose"))


def _environment(service: Lines) -> Iterator[tuple[str, str, int]]:
    listed = service.get("environment")
    start = service.line.get("environment", 1)
    if isinstance(listed, Lines):
        for name, value in listed.items():
            if isinstance(value, str):
                yield name, value, listed.line[name]
    for number, entry in enumerate(sequence(listed), start=1):
        if isinstance(entry, str):
            name, _, value = entry.partition("=")
            yield name, value, start + number


def image_name(image: str) -> str:
    """Return an image without registry, tag and digest.

    >>> image_name("docker.io/library/postgres:17@sha256:0"), image_name("bitnami/postgresql")
    ('postgres', 'bitnami/postgresql')
    """
    name = _with_default(image).partition("@")[0].strip("'\" ")
    *folders, last = name.split("/")
    if folders and ("." in folders[0] or ":" in folders[0]):
        folders = folders[1:]
    if folders == ["library"]:
        folders = []
    return "/".join((*folders, last.partition(":")[0])).lower()


def read_ini(facts: Facts, path: str, text: str) -> None:
    """Read an INI file: a table for each section, a variable for each URL."""
    data = parse_ini(text)
    for section, values in (data or {}).items():
        facts.tables.append(Table(path, line_of(text, f"[{section}]"), section))
        for name, value in values.items():
            if _URL_NAME.search(name) and (found := scheme(value)):
                line = line_of(text, f"[{section}]", f"\n{name}") + 1
                facts.variables.append(Variable(path, line, name, found))


def read_prisma(facts: Facts, path: str, text: str) -> None:
    """Read schema.prisma: its provider, a field with no other meaning."""
    for line in prisma(text):
        facts.properties.append(Property(path, line.line, f"prisma.{line.name}", line.value))


def read_json_config(facts: Facts, path: str, text: str) -> None:
    """Read a JSON file with settings of the application, as ormconfig.json or config/*.json."""

    def walk(value: Data, where: str, depth: int) -> None:
        for key, inner in mapping(value).items():
            if isinstance(inner, str) and key.lower() in _JSON_KEYS:
                text_kept = inner if _PLAIN.fullmatch(inner) else f"{scheme(inner)}://"
                facts.settings.append(
                    Setting(path, line_of(text, f'"{key}"', inner), "npm", key, (text_kept,), where)
                )
            elif depth:
                walk(inner, key, depth - 1)

    walk(parse_json(text), "", 4)


def read_pre_commit(facts: Facts, path: str, text: str) -> None:
    """Read .pre-commit-config.yaml: the hooks, and what local ones run."""
    for repository in sequence(mapping(parse_yaml(text)).get("repos")):
        for hook in sequence(mapping(repository).get("hooks")):
            if not isinstance(hook, Lines) or not isinstance(hook.get("id"), str):
                continue
            line = hook.line["id"]
            facts.hooks.append(Hook(path, line, hook["id"]))
            entry = hook.get("entry")
            if mapping(repository).get("repo") == "local" and isinstance(entry, str):
                for words in commands(entry):
                    facts.commands.append(Command(path, line, words, "pre-commit"))


def read_wrangler(facts: Facts, path: str, text: str) -> None:
    """Read wrangler.toml or wrangler.jsonc: a table for each binding."""
    data = parse_toml(text) if path.endswith(".toml") else parse_json(text)
    for key in mapping(data):
        facts.tables.append(Table(path, line_of(text, key), f"wrangler.{key}"))


def read_properties(facts: Facts, path: str, text: str) -> None:
    """Read application.properties: name = value."""
    for line in dotenv(text.replace(": ", "=")):
        if found := _kept(line.name, line.value):
            facts.variables.append(Variable(path, line.line, line.name, found))


def read_application_yaml(facts: Facts, path: str, text: str) -> None:
    """Read application.yml: URLs at any depth."""
    seen: set[int] = set()

    def walk(value: Data, where: str) -> None:
        if not isinstance(value, Lines) or id(value) in seen:
            return
        seen.add(id(value))
        for key, inner in value.items():
            name = f"{where}.{key}".strip(".")
            if isinstance(inner, str) and (found := _kept(name, _with_default(inner))):
                facts.variables.append(Variable(path, value.line[key], name, found))
            walk(inner, name)

    walk(parse_yaml(text), "")
