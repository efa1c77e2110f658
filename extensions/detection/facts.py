"""What the files of a folder state, each fact with its place. Nothing is judged here."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .tree import Tree


class Scope(enum.StrEnum):
    """For what a manifest asks for a package."""

    RUNTIME = "runtime"
    OPTIONAL = "optional"
    PEER = "peer"
    DEVELOPMENT = "development"


@dataclass(frozen=True)
class Fact:
    """Something that a file says in a line."""

    file: str
    line: int


@dataclass(frozen=True)
class Dependency(Fact):
    """A package that a manifest asks for; ``name`` is the normalised one of its ecosystem."""

    ecosystem: str
    name: str
    scope: Scope
    version: str = ""


@dataclass(frozen=True)
class Manifest(Fact):
    """A file that makes its folder a project of one ecosystem.

    ``full`` is False for one that holds settings of tools only. ``published`` tells that it is
    made to be installed by others, ``installable`` that it can be.
    """

    ecosystem: str
    name: str = ""
    full: bool = True
    published: bool = False
    installable: bool = False
    library: bool = False
    workspaces: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table(Fact):
    """A section of a configuration file, by its dotted name."""

    name: str


@dataclass(frozen=True)
class Variable(Fact):
    """A variable of an environment; of its value only the scheme is kept."""

    name: str
    scheme: str = ""


@dataclass(frozen=True)
class Image(Fact):
    """The image of a service, without registry and tag; ``origin`` is "compose" or "ci"."""

    name: str
    origin: str


@dataclass(frozen=True)
class Command(Fact):
    """A command that some task, script or pipeline runs; ``origin`` is where, `script:test`."""

    words: tuple[str, ...]
    origin: str


@dataclass(frozen=True)
class Task(Fact):
    """A named thing to run of the project's own: ``call`` is what to type."""

    name: str
    call: str
    body: str


@dataclass(frozen=True)
class Hook(Fact):
    """A hook of pre-commit by its id."""

    name: str


@dataclass(frozen=True)
class Property(Fact):
    """A field that a tool has for just one thing, for example `datasource.provider` of Prisma."""

    name: str
    value: str


@dataclass(frozen=True)
class Import(Fact):
    """A module that source code imports."""

    ecosystem: str
    name: str


@dataclass(frozen=True)
class Call(Fact):
    """A function or class of a library that source code calls, and in which function."""

    ecosystem: str
    name: str
    where: str = ""


@dataclass(frozen=True)
class Setting(Fact):
    """Strings that source code gives to a name; see ``formats.source.Value``."""

    ecosystem: str
    name: str
    texts: tuple[str, ...]
    where: str = ""
    certain: bool = True
    statement: int = 0


@dataclass
class Facts:
    """Everything that was read from a tree."""

    tree: Tree
    dependencies: list[Dependency] = field(default_factory=list)
    manifests: list[Manifest] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    hooks: list[Hook] = field(default_factory=list)
    properties: list[Property] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    addresses: list[Setting] = field(default_factory=list)
    """Settings that are URLs, or the scheme of one."""
    links: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """Folders that a manifest names as packages of the same workspace: file -> name -> folder."""
    broken: list[str] = field(default_factory=list)
    """Manifests that could not be read."""
