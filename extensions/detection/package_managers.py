"""The package manager: looked for per ecosystem, from the project upward."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .evidence import Answer, Evidence, Status, Strength
from .facts import Command
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
        if locked:
            return _decide(view, rules, locked, found)
        if found:
            return _decide(view, rules, found, found)
    found = _found(view, rules, OWN)
    if found:
        return _decide(view, rules, found, found)
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


def _decide(
    view: View,
    rules: Rules,
    locked: Mapping[str, list[Finding]],
    found: Mapping[str, list[Finding]],
) -> Answer:
    """Return the manager that the strongest evidence names.

    Of several lock files the one counts whose manager the project's own tasks run. Requirement
    files that people keep beside another manager's, and install from, are a second manager.
    """
    rivals = dict(locked)
    if view.project.ecosystem == "pypi" and len(locked) == 1 and _lives_beside(view, found):
        rivals["pip"] = found["pip"]
        level = max(each.evidence.strength for each in rivals[next(iter(locked))])
        rivals["pip"] = [_raised(each, level) for each in found["pip"]]
        return verdict(view, rules, Policy("package_manager"), rivals)
    return verdict(view, rules, Policy("package_manager", prefer=_run), rivals)


def _raised(finding: Finding, strength: Strength) -> Finding:
    evidence = finding.evidence
    return Finding(
        Evidence(strength, evidence.file, evidence.line, evidence.signal, evidence.what),
        finding.level,
        finding.kind,
        finding.fact,
    )


def _lives_beside(view: View, found: Mapping[str, list[Finding]]) -> bool:
    """Tell whether a requirement file is installed from by a task, beside another manager."""
    if "pip" not in found:
        return False
    files = {
        name_of(manifest.file)
        for manifest in view.facts("manifests", OWN)
        if manifest.file.endswith((".txt", ".in")) and not _is_generated(view, manifest.file)
    }
    for finding in found["pip"]:
        fact = finding.fact
        if isinstance(fact, Command) and any(name_of(word) in files for word in fact.words):
            return not any(
                each.words[0] != "pip" and each.file == fact.file
                for each in view.facts("commands", finding.level)
                if each.words[0] in {"uv", "poetry", "pdm", "pipenv"}
            )
    return False


def _is_generated(view: View, path: str) -> bool:
    return any(each.file == path and each.origin == "header" for each in view.index.facts.commands)


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
