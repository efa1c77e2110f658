"""The package manager: looked for per ecosystem, from the project upward."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .evidence import Answer, Evidence, Status, Strength
from .projects import ABOVE, MEMBER, OWN
from .roles import Role
from .signals import Finding, findings
from .tree import name_of
from .verdicts import Policy, verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .projects import View
    from .rules import Rules

_ASSUMED = {"pypi": "pip", "npm": "npm"}
"""What everybody has. Assumed when nothing says otherwise."""
_OF_CONDA = re.compile(r"(environment|conda)[\w.-]*\.ya?ml")
_LOCKING = frozenset({"lock", "property", "table"})


def package_manager(view: View, rules: Rules) -> Answer:
    """Return the package manager of a project."""
    for level in (OWN, ABOVE):
        found = _found(view, rules, level)
        locked = {
            name: each for name, each in found.items() if any(one.kind in _LOCKING for one in each)
        }
        if level == OWN and not locked and view.above:
            continue
        if locked or found:
            return _decide(view, rules, locked or found)
    found = _found(view, rules, OWN)
    if found:
        return _decide(view, rules, found)
    return _assumed(view)


def _found(view: View, rules: Rules, level: int) -> dict[str, list[Finding]]:
    """Return the findings up to a level; what runs elsewhere for the whole repository counts too."""
    found: dict[str, list[Finding]] = {}
    for technology, listed in rules.by_field["package_manager"].items():
        if rules.subjects[technology].ecosystem not in {"", view.project.ecosystem}:
            continue
        evidence = [
            each
            for rule in listed
            for each in findings(view, rule)
            if each.level <= level and each.level != MEMBER and _counts(view, each)
        ]
        if evidence:
            found[technology] = evidence
    return found


def _counts(view: View, finding: Finding) -> bool:
    """Tell whether evidence is of the project: not of a test, an example, or an installer's settings."""
    if finding.kind == "table" and not any(
        each.full and each.file == finding.evidence.file for each in view.index.facts.manifests
    ):
        return False
    return view.role(finding.evidence.file) in {Role.MAIN, Role.TOOL}


def _decide(view: View, rules: Rules, found: Mapping[str, list[Finding]]) -> Answer:
    """Return the manager that the strongest evidence names.

    Of several lock files the one counts whose manager the project's own tasks run. Requirement
    files beside one lock file are for those who do not use its manager.
    """
    return verdict(view, rules, Policy("package_manager", prefer=_run), found)


def _run(tied: Sequence[str], found: Mapping[str, Sequence[Finding]]) -> Sequence[str]:
    """Prefer the manager that tasks and pipelines run most."""
    counts = {name: sum(each.kind == "command" for each in found[name]) for name in tied}
    if "pip" in tied and not any(each.kind in _LOCKING for name in tied for each in found[name]):
        # What installs requirement files faster is pip to those who read them.
        return ["pip"]
    most = max(counts.values())
    return [name for name, count in counts.items() if count == most]


def _assumed(view: View) -> Answer:
    manager = _ASSUMED.get(view.project.ecosystem)
    if all(_OF_CONDA.fullmatch(name_of(each.file)) for each in view.project.manifests):
        manager = "conda"
    manifest = next(iter(view.project.manifests), None)
    if manager is None or manifest is None:
        return Answer(Status.NONE)
    evidence = Evidence(
        Strength.HINTED,
        manifest.file,
        manifest.line,
        "file",
        f"{name_of(manifest.file)}, no lock file",
    )
    return Answer(Status.FOUND, manager, (evidence,))
