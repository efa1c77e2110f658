"""Which projects a tree holds, and what each of them can see of the others."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .facts import Dependency, Fact, Facts, Manifest, Scope
from .readers.sources import last_name, owner
from .roles import Role, role
from .tree import name_of, parent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

# Where a project keeps its requirement files without being the project.
_HOLDERS = re.compile(
    r"requirements?|reqs|deps|dependencies|docker|deploy(ment)?|config|conf|etc|setup|install|pip|conda|envs?"
)
_SOURCES = {"pypi": (".py",), "npm": (".js", ".mjs", ".cjs", ".ts", ".mts", ".tsx", ".jsx")}
MAX_HOPS = 3
_OF_TOOLS = re.compile(r"\.d\.ts$|\.config\.\w+$|\.min\.js$|(^|/)\.[^/]*$")

_NAMES: dict[str, Callable[[Any], str]] = {
    "calls": lambda fact: last_name(fact.name),
    "commands": lambda fact: fact.words[0],
    "hooks": lambda fact: fact.name,
    "images": lambda fact: fact.name.rpartition("/")[2],
    "imports": lambda fact: module_root(fact.name),
    "properties": lambda fact: fact.name,
    "settings": lambda fact: fact.name.rstrip("+"),
    "tables": lambda fact: fact.name,
}

OTHER = "other"
"""The ecosystem of languages that no rule is about."""
OWN, MEMBER, ABOVE = 0, 1, 2
"""How near a fact is: of the project, of a package that it depends on, of a folder above it."""


@dataclass(frozen=True)
class Project:
    """A folder that is a project of one ecosystem."""

    folder: str
    ecosystem: str
    manifests: tuple[Manifest, ...] = ()

    @property
    def is_published(self) -> bool:
        """Tell whether others install it."""
        return any(each.published for each in self.manifests)

    @property
    def is_library(self) -> bool:
        """Tell whether it calls itself a library."""
        return any(each.library for each in self.manifests)

    @property
    def modules(self) -> set[str]:
        """Return the names by which others import it."""
        names = {each.name for each in self.manifests if each.published and each.name}
        return {name.replace("-", "_") if self.ecosystem == "pypi" else name for name in names}


def find_projects(facts: Facts) -> list[Project]:
    """Return every project, the one at the root first; a folder of code without manifest is one."""
    found: dict[tuple[str, str], list[Manifest]] = defaultdict(list)
    code = {eco: _folders_with(facts, suffixes) for eco, suffixes in _SOURCES.items()}
    for manifest in facts.manifests:
        if manifest.full:
            found[_folder(manifest, code), manifest.ecosystem].append(manifest)
    for ecosystem, folders in code.items():
        if not any(each == ecosystem for _, each in found) and folders and not found:
            found["", ecosystem] = []
    return [
        Project(folder, ecosystem, tuple(manifests))
        for (folder, ecosystem), manifests in sorted(
            found.items(), key=lambda each: (each[0][0].count("/"), each[0])
        )
    ]


def _folders_with(facts: Facts, suffixes: tuple[str, ...]) -> set[str]:
    """Return every folder that has such files below it."""
    folders = set()
    for path in facts.tree.files:
        if path.endswith(suffixes):
            folder = parent(path)
            while folder not in folders:
                folders.add(folder)
                folder = parent(folder)
    return folders


def _folder(manifest: Manifest, code: dict[str, set[str]]) -> str:
    """Return the folder that a manifest speaks for: requirement files may be in one of their own."""
    folder = parent(manifest.file)
    is_list = (
        manifest.ecosystem == "pypi"
        and not manifest.name
        and name_of(manifest.file) != "pyproject.toml"
    )
    while (
        is_list and folder and (_HOLDERS.fullmatch(name_of(folder)) or folder not in code["pypi"])
    ):
        folder = parent(folder)
    if name_of(folder) == "install":
        # Copied to the folder above by the installer.
        folder = parent(folder)
    return folder


def module_root(name: str) -> str:
    """Return the package of a module: `@nestjs/core` of `@nestjs/core/guards`, `jose` of `jose.jwt`."""
    if name.startswith("@"):
        return "/".join(name.partition("#")[0].split("/")[:2])
    name = name.partition("#")[0]
    return re.split(r"[./]", name.removeprefix("node:").removeprefix("bun:"), maxsplit=1)[0]


class Index:
    """The facts of a tree by the project that they belong to."""

    def __init__(
        self, facts: Facts, projects: Sequence[Project], file_patterns: re.Pattern[str]
    ) -> None:
        self.facts = facts
        self.file_patterns = file_patterns
        self._named: dict[tuple[str, str], dict[str, list[Fact]]] = {}
        self.projects = projects
        self.folders = sorted({project.folder for project in projects} | {""})
        self._known = set(self.folders)
        self._owned: dict[str, dict[str, list[Fact]]] = {}

    def forget(self) -> None:
        """Forget how facts were grouped: there are more of them now."""
        self._owned.clear()
        self._named.clear()

    def owned(self, kind: str, folder: str) -> Sequence[Fact]:
        """Return the facts of a kind that belong to the project in a folder."""
        if kind not in self._owned:
            grouped: dict[str, list[Fact]] = defaultdict(list)
            for fact in getattr(self.facts, kind):
                grouped[owner(fact.file, self._known)].append(fact)
            self._owned[kind] = grouped
        return self._owned[kind].get(folder, ())

    def named(self, kind: str, folder: str, name: str) -> Sequence[Fact]:
        """Return the facts of a kind that have this name; see ``_NAMES``."""
        place = (kind, folder)
        if place not in self._named:
            by_name: dict[str, list[Fact]] = defaultdict(list)
            for fact in self.owned(kind, folder):
                by_name[_NAMES[kind](fact)].append(fact)
            self._named[place] = by_name
        return self._named[place].get(name, ())

    @cached_property
    def special(self) -> dict[str, list[str]]:
        """Return the files that rules ask for, by the folder of their project."""
        asked = self.file_patterns.fullmatch
        return {
            folder: [path for path in paths if asked(path)] for folder, paths in self.files.items()
        }

    @cached_property
    def files(self) -> dict[str, list[str]]:
        """Return the files by the folder of their project."""
        grouped: dict[str, list[str]] = defaultdict(list)
        for path in self.facts.tree.files:
            grouped[owner(path, self._known)].append(path)
        return grouped

    @cached_property
    def by_name(self) -> dict[tuple[str, str], str]:
        """Return the folder of each project that has a name."""
        return {
            (project.ecosystem, manifest.name): project.folder
            for project in reversed(self.projects)
            for manifest in project.manifests
            if manifest.name
        }


class View:
    """What one project of the tree can see."""

    def __init__(
        self, index: Index, project: Project, *, roles: Iterable[Role] = (Role.MAIN,)
    ) -> None:
        self.index = index
        self.project = project
        self.main_roles = frozenset(roles)
        self.folder = project.folder
        self.frameworks: frozenset[str] = frozenset()
        """The frameworks that the project may be written with, once they are known."""

    def facts(self, kind: str, level: int) -> Iterator[Any]:
        """Yield the facts of a kind at a level."""
        for folder in self._folders(level):
            yield from self.index.owned(kind, folder)

    def named(self, kind: str, name: str, *levels: int) -> Iterator[tuple[int, Any]]:
        """Yield the facts of a kind that have this name, with their level."""
        for level in levels or (OWN, MEMBER, ABOVE):
            for folder in self._folders(level):
                for fact in self.index.named(kind, folder, name):
                    yield level, fact

    def files(self, level: int) -> Iterator[str]:
        """Yield the files at a level that rules ask for."""
        for folder in self._folders(level):
            yield from self.index.special.get(folder, ())

    def _folders(self, level: int) -> Sequence[str]:
        return {OWN: [self.folder], MEMBER: self.members, ABOVE: self.above}[level]

    def role(self, path: str) -> Role:
        """Return what a file is for, seen from the project."""
        inside = f"{self.folder}/"
        return role(path.removeprefix(inside) if self.folder else path)

    def is_main(self, path: str) -> bool:
        """Tell whether a file speaks for the application."""
        return self.role(path) in self.main_roles

    def source_files(self, *suffixes: str) -> list[str]:
        """Return the project's files with one of the suffixes, without settings of tools."""
        return [
            path
            for path in self.index.files.get(self.folder, ())
            if path.endswith(suffixes)
            and not _OF_TOOLS.search(path)
            and self.role(path) in {Role.MAIN, Role.TEST}
        ]

    @property
    def own(self) -> list[str]:
        """Return the folders that the project's code is in."""
        return [self.folder, *self.members]

    @cached_property
    def above(self) -> list[str]:
        """Return the folders above, the nearest first."""
        folders, folder = [], self.folder
        while folder:
            folder = parent(folder)
            if folder in self.index.folders:
                folders.append(folder)
        return folders

    @cached_property
    def members(self) -> list[str]:
        """Return the packages of the same workspace that the project is made of, by hops."""
        found: list[str] = []
        edge = [self.folder]
        for hop in range(MAX_HOPS):
            reached = [
                target
                for folder in edge
                for target in self._neighbours(folder, with_development=hop == 0)
                if target not in found and target != self.folder
            ]
            found += dict.fromkeys(reached)
            edge = reached
        return found

    def _neighbours(self, folder: str, *, with_development: bool) -> Iterator[str]:
        dependencies: Sequence[Any] = self.index.owned("dependencies", folder)
        for dependency in dependencies:
            if dependency.scope is Scope.DEVELOPMENT and not with_development:
                continue
            target = self.index.by_name.get((dependency.ecosystem, dependency.name))
            linked = self.index.facts.links.get(dependency.file, {}).get(dependency.name)
            target = linked if linked in self.index.folders else target
            if target is not None and target not in self.above:
                yield target

    @cached_property
    def dependencies(self) -> dict[tuple[str, str], list[tuple[int, Dependency]]]:
        """Return every dependency by ecosystem and name, with its level."""
        found: dict[tuple[str, str], list[tuple[int, Dependency]]] = defaultdict(list)
        for level in (OWN, MEMBER, ABOVE):
            for fact in self.facts("dependencies", level):
                found[fact.ecosystem, fact.name].append((level, fact))
        return found

    @cached_property
    def has_runtime_dependencies(self) -> bool:
        """Tell whether the project itself asks for packages, or leaves that to a folder above."""
        return any(
            level == OWN and each.scope is Scope.RUNTIME
            for (ecosystem, _), listed in self.dependencies.items()
            if ecosystem == self.project.ecosystem
            for level, each in listed
        )
