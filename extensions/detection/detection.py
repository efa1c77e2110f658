"""The one function that other code calls."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .evidence import Alternative, Answer, Evidence, Report, Status, Strength
from .fields import MANY, answers
from .frameworks import choose, framework, own_names
from .package_managers import package_manager
from .projects import Index, find_projects
from .readers import Sources, read_facts
from .roles import Role
from .rules import TECHNOLOGIES, load_rules
from .tasks import own_commands
from .tree import Tree
from .verdicts import merged

if TYPE_CHECKING:
    from .projects import View
    from .rules import Rules


def detect(root: Path, technologies: Path = TECHNOLOGIES, *, folder: str = "") -> Report:
    """Return what the project below a folder is written in and with.

    ``folder`` names the project that is meant, by its path below the root, where there are
    several. Reads files below the root. Writes nothing, runs nothing, prints nothing, raises
    nothing because of what the root holds, and returns the same report twice.
    """
    return detect_by(load_rules(technologies), root, folder)


def detect_by(rules: Rules, root: Path, folder: str = "") -> Report:
    """Return what a project is written in and with by rules that were read before."""
    try:
        tree = Tree(root)
    except ValueError:
        # No path can have this name.
        return Report("empty", {}, ("no such folder",))
    facts = read_facts(tree)
    projects = find_projects(facts)
    index = Index(facts, projects, rules.file_patterns)
    if not projects:
        return Report("empty", _nothing(), tuple(tree.limits))
    examples = own_names(projects)
    sources = Sources(facts, rules.words() | examples, rules.names, index.folders)
    sources.read(rules.words("framework"), frozenset(index.folders))
    sources.read(examples, frozenset(index.folders), of=Role.EXAMPLE)
    views = choose(index, rules, folder)
    sources.read(rules.words(), frozenset(folder for view in views for folder in view.own))
    index.forget()
    return Report(*_report(views, rules), tuple(tree.limits))


def _nothing() -> dict[str, Answer]:
    from .fields import POLICIES

    names = ("language", "framework", "package_manager", *(policy.name for policy in POLICIES))
    return dict.fromkeys(names, Answer(Status.NONE))


def _report(views: list[View], rules: Rules) -> tuple[str, dict[str, Answer]]:
    fields: list[dict[str, Answer]] = []
    kinds = []
    for view in views:
        of_framework = framework(view, rules)
        view.frameworks = _values(of_framework)
        kind = (
            "library" if of_framework.status is Status.NONE and _is_library(view) else "application"
        )
        managers = package_manager(view, rules)
        found = answers(view, rules, is_library=kind == "library")
        commands = own_commands(view, managers)
        fields.append({"framework": of_framework, "package_manager": managers, **found, **commands})
        kinds.append(kind)
    names = dict.fromkeys(name for each in fields for name in each)
    combined = {
        name: merged([each[name] for each in fields if name in each], many=name in MANY)
        for name in names
    }
    return kinds[0], {"folder": _folder(views), **combined}


def _values(answer: Answer) -> frozenset[str]:
    """Return the value of an answer, or those that it could have."""
    if answer.status is Status.CONFLICT:
        return frozenset(each.value for each in answer.alternatives)
    return frozenset({answer.value}) if isinstance(answer.value, str) else frozenset()


def _is_library(view: View) -> bool:
    return view.project.is_library or any(
        manifest.published or manifest.installable
        for project in view.index.projects
        for manifest in project.manifests
    )


def _folder(views: list[View]) -> Answer:
    """Return the folder that the answers are about, or the ones that it could be."""

    def place(view: View) -> Evidence:
        manifest = next(iter(view.project.manifests), None)
        file, line = (manifest.file, manifest.line) if manifest else (view.folder or ".", 1)
        return Evidence(Strength.DECLARED, file, line, "file", "the project's manifest")

    folders = {view.folder or ".": place(view) for view in views}
    if len(folders) == 1:
        return Answer(Status.FOUND, next(iter(folders)), tuple(folders.values()))
    return Answer(
        Status.CONFLICT,
        evidence=tuple(folders.values()),
        alternatives=tuple(Alternative(each, (place_,)) for each, place_ in folders.items()),
    )
