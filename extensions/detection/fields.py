"""The fields that are answered, and what is special about some of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .evidence import Answer, Evidence, Status, Strength
from .facts import Setting
from .projects import MEMBER, OTHER, OWN
from .roles import environment
from .tree import name_of
from .verdicts import Policy, collect, verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .facts import Fact
    from .projects import View
    from .rules import Rules
    from .signals import Finding
    from .verdicts import Found


_ENVIRONMENT_FILE = re.compile(r"\.?env\b.*|.+\.env\b.*|(config|settings)\b.*")
_DEFAULT_COMPOSE = re.compile(r"(docker-)?compose\.ya?ml")


def _preferred_database(tied: Sequence[str], found: Found) -> Sequence[str]:
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
        each.kind == "url" and _ENVIRONMENT_FILE.match(name_of(each.evidence.file))
        for each in found
    )
    in_production = any(_is_of_production(each.fact) for each in found)
    shipped = max((_shipped(name_of(file)) for file in _images(found)), default=0.0)
    if technology == "sqlite":
        # Its driver is there for who wants it: what counts is that somebody set it.
        return 1.5 + in_environment + 2 * in_production
    driver = shipped * (1.0 if has_driver else 0.5) + has_driver
    return driver + in_environment + 2 * in_production


def _is_of_production(fact: Fact | None) -> bool:
    """Tell whether something is set where only production looks."""
    return isinstance(fact, Setting) and "production" in {
        environment(name_of(fact.file)),
        environment(fact.where.rpartition(".")[2]),
    }


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


def _most_kinds(tied: Sequence[str], found: Found) -> Sequence[str]:
    """Prefer what most kinds of evidence speak for: a script alone is less than a dependency too."""
    kinds = {name: len({each.kind for each in found[name]}) for name in tied}
    most = max(kinds.values())
    return [name for name, count in kinds.items() if count == most]


POLICIES = (
    Policy("runtime", prefer=_most_kinds),
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
    found = {"language": language(view, rules)}
    for policy in POLICIES:
        if is_library and policy.name in _OF_APPLICATIONS:
            # A library keeps no data of its own and lets nobody in.
            found[policy.name] = Answer(Status.NONE)
        else:
            findings = collect(view, rules, policy.name)
            if policy.name == "orm":
                findings = _fitting(rules, findings, found["database"])
            found[policy.name] = verdict(view, rules, policy, findings)
    return found


def _fitting(
    rules: Rules, found: dict[str, list[Finding]], database: Answer
) -> dict[str, list[Finding]]:
    """Keep the libraries that speak to the database that was found, if there are any."""
    if not isinstance(database.value, str):
        return found
    # MongoDB has libraries of its own: one that does not name it speaks SQL.
    has_own = any(each.databases == (database.value,) for each in rules.subjects.values())
    kept = {
        name: each
        for name, each in found.items()
        if database.value in rules.subjects[name].databases
        or not (has_own or rules.subjects[name].databases)
    }
    return kept or found


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
    return len(view.source_files(*_SOURCES[view.project.ecosystem]))


def language(view: View, rules: Rules) -> Answer:
    """Return the language of a project: of those of its ecosystem the one with most source files."""
    project = view.project
    if project.ecosystem == OTHER:
        return Answer(Status.UNKNOWN)
    sources = {
        technology: [rule.argument for rule in listed]
        for technology, listed in rules.by_field["language"].items()
        if rules.subjects[technology].ecosystem == project.ecosystem
    }
    counts = {name: len(view.source_files(*suffixes)) for name, suffixes in sources.items()}
    # A manifest alone speaks for what the ecosystem is named for, unless it asks for a compiler.
    is_typed = ("npm", "typescript") in view.dependencies

    def rank(name: str) -> tuple[int, int, bool]:
        """Count the files of the application itself; those of tests decide between equals."""
        files = view.source_files(*sources[name])
        own = sum(view.is_main(path) for path in files)
        return own, len(files), is_typed == (name == "typescript")

    best = max(sorted(counts), key=rank)
    manifest = next(iter(project.manifests), None)
    first = next(iter(view.source_files(*sources[best])), None)
    if manifest is None and first is None:
        # Code in examples and documentation only.
        return Answer(Status.UNKNOWN)
    place = (manifest.file, manifest.line) if manifest else (str(first), 1)
    evidence = Evidence(Strength.DECLARED, *place, "source", f"{counts[best]} source files")
    return Answer(Status.FOUND, best, (evidence,))
