"""The framework: a dependency *and* an application object, and which project of a tree has it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .evidence import Answer, Status, Strength
from .facts import Command, Dependency, Scope
from .fields import source_count, stores_data
from .projects import OTHER, OWN, Project, View, module_root
from .roles import Role, role
from .rules import module_words
from .signals import Finding, findings
from .tree import name_of
from .verdicts import Policy, verdict, without_excluded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .projects import Index
    from .rules import Rules

POLICY = Policy("framework")
_APPLICATION = frozenset({"call", "command", "file", "import", "setting"})
_RUN_TASKS = frozenset(
    f"script:{name}" for name in ("dev", "start", "serve", "start:dev", "develop")
)
SMALL = 3
"""An application with fewer source files than a third of another's is a helper of it."""
_OWN_ROLES = (Role.MAIN, Role.TOOL)
_ENTRIES = frozenset({"Procfile", "alembic.ini", "wsgi.py", "asgi.py"})
_SERVERS = frozenset(
    {"uvicorn", "gunicorn", "waitress", "hypercorn", "daphne", "granian", "uwsgi", "gevent"}
)


def framework(view: View, rules: Rules) -> Answer:
    """Return the framework of a project.

    A library that works with a framework depends on it, and its tests, examples and documentation
    make application objects; an application does both in its own code.
    """
    found: dict[str, list[Finding]] = {}
    for technology, listed in rules.by_field["framework"].items():
        evidence = [each for rule in listed for each in findings(view, rule)]
        made = [each for each in evidence if each.kind in _APPLICATION and _is_own(view, each)]
        asked = [each for each in evidence if each.kind == "dependency"]
        if made and _is_dependency(view, asked) and not _is_library(view, made):
            found[technology] = evidence
    found = without_excluded(rules, found)
    if len(found) > 1:
        found = _run_one(rules, found)
    if len(found) > 1:
        # That one shows itself in settings and another in a call makes neither the stronger one.
        found = {name: _made(evidence) for name, evidence in found.items()}
    return verdict(view, rules, POLICY, found)


def _made(found: list[Finding]) -> list[Finding]:
    """Give all evidence the strength of a dependency at most."""
    return [
        replace(each, evidence=replace(each.evidence, strength=Strength.DEPENDED))
        if each.evidence.strength > Strength.DEPENDED
        else each
        for each in found
    ]


def _is_own(view: View, finding: Finding) -> bool:
    """Tell whether an application object is the project's own."""
    if finding.kind == "command":
        fact = finding.fact
        return (
            finding.level == OWN
            and isinstance(fact, Command)
            and view.role(fact.file) in {Role.MAIN, Role.TOOL}
        )
    return finding.level == OWN and view.is_main(finding.evidence.file)


def _is_dependency(view: View, asked: Sequence[Finding]) -> bool:
    """Tell whether the project needs the package itself, and not only to test or extend it."""
    scopes = {
        each.fact.scope for each in asked if isinstance(each.fact, Dependency) and each.level == OWN
    }
    if Scope.PEER in scopes:
        # An addition to the framework: whoever installs it brings that along.
        return False
    if any(each.evidence.strength >= Strength.DEPENDED for each in asked):
        return True
    if not _has_manifest(view):
        return True
    return bool(scopes) and not view.project.is_published


def _has_manifest(view: View) -> bool:
    return any(view.project.ecosystem == ecosystem for ecosystem, _ in view.dependencies)


def _is_library(view: View, made: Sequence[Finding]) -> bool:
    """Tell whether a project that calls itself a library is one: nothing in it runs as a service."""
    if any(each.kind == "setting" for each in made):
        return False
    if _has_examples(view):
        return True
    return view.project.is_library and not _is_deployed(view)


def _is_deployed(view: View) -> bool:
    """Tell whether a project is made to be run: with a server, services, or an environment."""
    if any((view.project.ecosystem, name) in view.dependencies for name in _SERVERS):
        return True
    files = [fact.file for kind in ("variables", "images") for fact in view.facts(kind, OWN)]
    return any(view.role(file) is Role.MAIN and not file.endswith(".ini") for file in files) or any(
        name_of(path) in _ENTRIES and view.is_main(path) for path in view.index.files[view.folder]
    )


def _has_examples(view: View) -> bool:
    """Tell whether the project's examples import it, as those of libraries do."""
    return any(
        view.role(fact.file.removeprefix(f"{view.folder}/").partition("/")[0] + "/x")
        is Role.EXAMPLE
        for module in view.project.modules
        for _, fact in view.named("imports", module_root(module), OWN)
    )


def own_names(projects: Iterable[Project]) -> set[frozenset[bytes]]:
    """Return the words by which the projects of a tree are imported."""
    return {
        module_words(project.ecosystem, module)
        for project in projects
        for module in project.modules
    }


def _run_one(rules: Rules, found: dict[str, list[Finding]]) -> dict[str, list[Finding]]:
    """Choose between frameworks of one project: the one that its own tasks run; pages come second."""
    run = {
        technology
        for technology, evidence in found.items()
        for each in evidence
        if isinstance(each.fact, Command) and each.fact.origin in _RUN_TASKS
    }
    if len(run) == 1:
        return {name: evidence for name, evidence in found.items() if name in run}
    backends = {name: each for name, each in found.items() if not rules.subjects[name].second}
    return backends or found


def choose(index: Index, rules: Rules, folder: str = "") -> list[View]:
    """Return the projects that the report is about: one, or several of equal weight.

    Those in the folder, when it names one that holds any.
    """
    if named := [View(index, each) for each in index.projects if folder and each.folder == folder]:
        return [view for view in named if framework(view, rules).value][:1] or named[:1]
    views = [
        View(index, project)
        for project in index.projects
        if not project.folder or _is_candidate(project)
    ]
    answers = {id(view): framework(view, rules) for view in views}
    served = [view for view in views if answers[id(view)].status in {Status.FOUND, Status.CONFLICT}]
    if not served:
        served = _in_examples(index, rules)
    served = [
        view for view in served if stores_data(view, rules) or not _is_beside_library(view, views)
    ]
    pages = [view for view in served if _is_second(rules, framework(view, rules))]
    backends = [view for view in served if view not in pages]
    if not backends and any(project.is_published for project in index.projects):
        # The site of what the repository is really about.
        served = [view for view in pages if not view.folder or stores_data(view, rules)]
    if not served:
        everything = [View(index, project) for project in index.projects]
        return sorted(views or everything, key=_standing)[:1]
    if backends and pages:
        most = max(source_count(view) for view in backends)
        pages = [
            view for view in pages if source_count(view) > most * SMALL and stores_data(view, rules)
        ]
        return _heaviest(pages or backends, rules)
    return _heaviest(served, rules)


def _standing(view: View) -> tuple[bool, int, bool, int]:
    """Sort what a tree without a framework is about first: near the root, with most code."""
    project = view.project
    return (
        bool(project.folder),
        project.folder.count("/"),
        project.ecosystem != OTHER,
        -source_count(view),
    )


def _is_beside_library(view: View, views: Sequence[View]) -> bool:
    """Tell whether an application is small beside a package that others install."""
    published = [
        source_count(each)
        for each in views
        if each.project.is_published and each.folder != view.folder
    ]
    return bool(view.folder) and max(published, default=0) > SMALL * source_count(view)


def _is_candidate(project: Project) -> bool:
    return role(f"{project.folder}/x") in _OWN_ROLES


def _in_examples(index: Index, rules: Rules) -> list[View]:
    """Return applications in folders of examples, when nothing here is made to be installed."""
    if any(project.is_published or project.is_library for project in index.projects):
        return []
    views = [
        View(index, project, roles=(*_OWN_ROLES, Role.EXAMPLE))
        for project in index.projects
        if role(f"{project.folder}/x") in {*_OWN_ROLES, Role.EXAMPLE}
    ]
    return [view for view in views if framework(view, rules).status is Status.FOUND]


def _is_second(rules: Rules, answer: Answer) -> bool:
    return isinstance(answer.value, str) and rules.subjects[answer.value].second


def _heaviest(views: list[View], rules: Rules) -> list[View]:
    """Keep the applications that store something and are not small."""
    weights = {
        id(view): (
            framework(view, rules).strength != Strength.USED,
            stores_data(view, rules),
        )
        for view in views
    }
    best = max(weights.values())
    chosen = [view for view in views if weights[id(view)] == best]
    most = max(source_count(view) for view in chosen)
    return [view for view in chosen if source_count(view) * SMALL >= most]
