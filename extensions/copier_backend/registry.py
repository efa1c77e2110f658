"""The registry: one YAML file per technology."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# What a technology is in a project, in the order in which people name it.
FIELDS = {
    "language": "Language",
    "runtime": "Runtime",
    "framework": "Framework",
    "api_style": "API style",
    "validation": "Validation, settings",
    "server": "Server",
    "database": "Database",
    "orm": "Queries",
    "migrations": "Migrations",
    "auth": "Authentication",
    "tokens": "Token verification",
    "client": "Client library",
    "cache": "Cache",
    "queue": "Queue",
    "rate_limits": "Shared rate limits (optional)",
    "frontend": "Front end",
    "ai": "AI",
    "package_manager": "Package manager",
    "test_runner": "Tests",
    "linter": "Format, lint",
    "formatter": "Format",
    "type_checker": "Types",
    "ci": "Continuous integration",
    "deployment": "Deployment",
    "cloud": "Hosting",
}

# rendered: the template makes projects with it; described: the agent kit can speak about it in a
# project that was there before; detected: only its name is known.
STATUSES = ("rendered", "described", "detected")

_ONE_VERSION = re.compile(r"/([a-z]+-)?(v\d|\d\d)[\w.]*/")

# Safe ones, both; the one in C reads all files in a twentieth of a second.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclasses.dataclass(frozen=True)
class Technology:
    """One technology that the project can speak about.

    ``names`` are the words by which text names it: the leak test looks for them. ``packages`` are
    what a Python manifest lists, and ``npm`` what a `package.json` lists, each with the line that
    was tested; ``version`` is for what is not installed as a package. ``used_with`` tells with
    which answers a technology comes that is no answer itself. The rest is how the technology is
    recognized in a project that was there before: see the package ``detection``, which reads the
    same files.
    """

    id: str
    field: str
    label: str
    status: str
    docs: str
    version: str = ""
    names: Sequence[str] = ()
    packages: Mapping[str, str] = dataclasses.field(default_factory=dict)
    npm: Mapping[str, str] = dataclasses.field(default_factory=dict)
    used_with: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)
    ecosystem: str = ""
    second: bool = False
    databases: Sequence[str] = ()
    excludes: Sequence[str] = ()
    requires: Sequence[str] = ()
    signals: Mapping[str, Mapping[str, Sequence[str]]] = dataclasses.field(default_factory=dict)

    @property
    def part(self) -> str:
        """Return what it is in a project, in words."""
        return FIELDS[self.field]

    @property
    def docs_of_any_version(self) -> str:
        """Return the documentation, unless its address is that of one version."""
        return "" if _ONE_VERSION.search(self.docs) else self.docs

    def belongs_to(self, answers: Mapping[str, str]) -> bool:
        """Tell whether a project with these answers uses it."""
        if self.used_with:
            return all(answers.get(name) in values for name, values in self.used_with.items())
        return answers.get(self.field) == self.id


def chosen_of(registry: Mapping[str, Technology], answers: Mapping[str, str]) -> list[Technology]:
    """Return everything that the answers bring into a project, the language first.

    The packages of each are those of the project's own manifest.
    """
    used = [each for each in registry.values() if each.belongs_to(answers)]
    if any(each.id == "node" for each in used):
        used = [dataclasses.replace(each, packages=each.npm) for each in used]
    return sorted(used, key=lambda each: (list(FIELDS).index(each.field), each.label))


def load_registry(folder: Path) -> dict[str, Technology]:
    """Return every technology by id; raise ``ValueError`` naming the file that is wrong."""
    registry = {}
    for path in sorted(folder.glob("*.yml")):
        try:
            text = path.read_text(encoding="utf-8")
            technology = Technology(**yaml.load(text, Loader=_LOADER))  # noqa: S506
        except (TypeError, yaml.YAMLError) as error:
            raise ValueError(f"{path.name}: {error}") from error
        if technology.id != path.stem:
            raise ValueError(f"{path.name}: the id must be the file's name")
        if technology.status not in STATUSES or technology.field not in FIELDS:
            raise ValueError(f"{path.name}: status is one of {STATUSES}, field of {tuple(FIELDS)}")
        if unknown := technology.signals.keys() - FIELDS:
            raise ValueError(f"{path.name}: {', '.join(sorted(unknown))} is no field")
        registry[technology.id] = technology
    return registry
