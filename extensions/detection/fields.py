"""The fields that are answered, and what is special about some of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .evidence import Answer, Evidence, Status, Strength
from .projects import MEMBER, OTHER, OWN
from .roles import Role, environment
from .tree import name_of
from .verdicts import Policy, collect, verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .projects import View
    from .rules import Rules
    from .signals import Finding
    from .verdicts import Found


_ENVIRONMENT_FILE = re.compile(r"\.?env\b.*|.+\.env\b.*|(config|settings)\b.*")
_DEFAULT_COMPOSE = re.compile(r"(docker-)?compose\.ya?ml")


def _preferred_database(view: View, tied: Sequence[str], found: Found) -> Sequence[str]:
    """Prefer what is there to run with: a service that is shipped, with a driver for it.

    SQLite is what remains when nothing is configured, so a server that is shipped wins over it.
    MariaDB is run with the drivers and the URLs of MySQL.
    """
    evidence = {name: list(found[name]) for name in tied}
    if "mariadb" in tied:
        evidence["mariadb"] += found.get("mysql", ())
        if "mysql" in tied and not _images(found["mysql"]):
            del evidence["mysql"]
    scores = {name: _score(name, each) for name, each in evidence.items()}
    best = max(scores.values())
    return [technology for technology, score in scores.items() if score == best]


def _score(technology: str, found: Sequence[Finding]) -> float:
    has_driver = any(
        each.kind == "dependency" and each.evidence.strength >= Strength.DEPENDED for each in found
    )
    in_environment = any(
        each.kind == "url" and _ENVIRONMENT_FILE.match(name_of(each.evidence.file)) for each in found
    )
    shipped = max((_shipped(name_of(file)) for file in _images(found)), default=0.0)
    if technology == "sqlite":
        # Its driver is there for who wants it: what counts is that somebody set it.
        return 1.5 + in_environment
    return shipped * (1.0 if has_driver else 0.5) + has_driver + in_environment


def _images(found: Sequence[Finding]) -> list[str]:
    """Return the compose files that run a database."""
    return [
        each.evidence.file
        for each in found
        if each.kind == "image" and each.evidence.strength is Strength.CONFIGURED
    ]


def _shipped(name: str) -> float:
    """Return how far a compose file is the one that everybody starts."""
    if _DEFAULT_COMPOSE.fullmatch(name):
        return 2.0
    return 0.25 if environment(name) == "development" else 1.0


def _most_kinds(view: View, tied: Sequence[str], found: Found) -> Sequence[str]:
    """Prefer what most kinds of evidence speak for: a script alone is less than a dependency too."""
    kinds = {name: len({each.kind for each in found[name]}) for name in tied}
    most = max(kinds.values())
    return [name for name, count in kinds.items() if count == most]


POLICIES = (
    Policy("database", prefer=_preferred_database),
    Policy("orm"),
    Policy("migrations"),
    Policy("auth", many=True),
    Policy("test_runner", prefer=_most_kinds),
    Policy("linter", many=True),
    Policy("formatter", many=True),
    Policy("type_checker", many=True),
    Policy("api_style"),
    Policy("cache"),
    Policy("queue"),
    Policy("cloud"),
    Policy("deployment", many=True),
    Policy("ci", many=True),
    Policy("frontend"),
    Policy("ai", many=True),
)
MANY = frozenset(policy.name for policy in POLICIES if policy.many)
_OF_APPLICATIONS = frozenset({"database", "auth", "migrations", "cache", "queue"})
_BY_ECOSYSTEM = {"pypi": "python", "go": "go", "cargo": "rust", "swift": "swift", "pub": "dart"}
_SUFFIXES = {
    "typescript": (".ts", ".tsx", ".mts", ".cts"),
    "javascript": (".js", ".jsx", ".mjs", ".cjs"),
    "java": (".java",),
    "kotlin": (".kt", ".kts"),
}


_SOURCES = {
    "pypi": (".py",),
    "npm": (".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"),
    "go": (".go",),
    "maven": (".java", ".kt"),
    "cargo": (".rs",),
    "swift": (".swift",),
    "pub": (".dart",),
    "other": (".php", ".rb", ".ex", ".exs", ".cs"),
}


def answers(view: View, rules: Rules, *, is_library: bool) -> dict[str, Answer]:
    """Return the answers about a project, but for framework and package manager."""
    found = {"language": language(view)}
    for policy in POLICIES:
        if is_library and policy.name in _OF_APPLICATIONS:
            # A library keeps no data of its own and lets nobody in.
            found[policy.name] = Answer(Status.NONE)
        else:
            findings = collect(view, rules, policy.name)
            if policy.name == "orm":
                findings = _fitting(rules, findings, found["database"])
            found[policy.name] = verdict(view, policy, findings)
    return found


def _fitting(
    rules: Rules, found: dict[str, list[Finding]], database: Answer
) -> dict[str, list[Finding]]:
    """Keep the libraries that speak to the database that was found, if there are any."""
    if not isinstance(database.value, str):
        return found
    wanted = [name for name in found if database.value in rules.subjects[name].databases]
    others = [name for name in found if not rules.subjects[name].databases]
    kept = wanted or others or list(found)
    return {name: each for name, each in found.items() if name in kept}


def stores_data(view: View, rules: Rules) -> bool:
    """Tell whether a project stores anything."""
    return any(
        finding.evidence.strength >= Strength.DEPENDED and finding.level in {OWN, MEMBER}
        for field in ("database", "orm")
        for evidence in collect(view, rules, field).values()
        for finding in evidence
    )


def source_count(view: View) -> int:
    """Return how many source files of its ecosystem a project has, without those of pages."""
    return _count(view, _SOURCES[view.project.ecosystem])


def language(view: View) -> Answer:
    """Return the language of a project: that of its manifest, told apart by its source files."""
    ecosystem = view.project.ecosystem
    manifest = view.project.manifests[0] if view.project.manifests else None
    place = (manifest.file, manifest.line) if manifest else (".", 1)
    if ecosystem in _BY_ECOSYSTEM:
        evidence = Evidence(Strength.DECLARED, *place, "file", name_of(place[0]))
        return Answer(Status.FOUND, _BY_ECOSYSTEM[ecosystem], (evidence,))
    if ecosystem == OTHER:
        return Answer(Status.UNKNOWN)
    first, second = ("typescript", "javascript") if ecosystem == "npm" else ("java", "kotlin")
    counts = {each: _count(view, _SUFFIXES[each]) for each in (first, second)}
    if not any(counts.values()):
        is_typed = ("npm", "typescript") in view.dependencies and ecosystem == "npm"
        counts[first if is_typed or ecosystem != "npm" else second] = 1
    best = first if counts[first] > counts[second] else second
    evidence = Evidence(Strength.DECLARED, *place, "file", f"{counts[best]} files of {best}")
    return Answer(Status.FOUND, best, (evidence,))


def _count(view: View, suffixes: tuple[str, ...]) -> int:
    """Return how many files of the application have one of the suffixes; settings of tools do not count."""
    return sum(
        1
        for path in view.index.files.get(view.folder, ())
        if path.endswith(suffixes)
        and not path.endswith((".d.ts", ".config.js", ".config.ts", ".config.mjs", ".min.js"))
        and view.role(path) in {Role.MAIN, Role.TEST}
        and (path.removeprefix(f"{view.folder}/").count("/") or not name_of(path).startswith("."))
    )


