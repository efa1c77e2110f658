"""From findings to answers: one policy for all fields, with the exceptions that a field needs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .evidence import Alternative, Answer, Evidence, Status, Strength, strongest
from .facts import Dependency, Scope
from .projects import ABOVE, MEMBER, OWN
from .signals import TOOLS, Finding, findings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from .projects import View
    from .rules import Rules

    Found = Mapping[str, Sequence[Finding]]
    Preference = Callable[[Sequence[str], Found], Sequence[str]]

MAX_EVIDENCE = 8
_DIRECT = (
    "source",
    "property",
    "option",
    "lock",
    "setting",
    "dependency",
    "table",
    "file",
    "image",
    "url",
    "variable",
    "call",
    "login",
    "import",
    "hook",
    "command",
)


@dataclass(frozen=True)
class Policy:
    """How a field is answered."""

    name: str
    many: bool = False
    minimum: Strength = Strength.USED
    prefer: Preference | None = None
    """Returns the better ones of values that are equally strong, knowing all that was found."""


def collect(view: View, rules: Rules, field: str) -> dict[str, list[Finding]]:
    """Return the findings of each technology that may answer a field, nearest level only for tools."""
    found: dict[str, list[Finding]] = {}
    for technology, listed in rules.by_field.get(field, {}).items():
        subject = rules.subjects[technology]
        if subject.ecosystem and subject.ecosystem != view.project.ecosystem:
            continue
        if subject.field == "framework" and technology not in view.frameworks:
            # What comes with a framework is used only in what is written with it.
            continue
        if evidence := [each for rule in listed for each in findings(view, rule)]:
            found[technology] = evidence
    for technology in list(found):
        required = rules.subjects[technology].requires
        if required and not any(_is_there(view, rules, each) for each in required):
            del found[technology]
    if field in TOOLS:
        found = _nearest(found)
    return without_excluded(rules, found)


def _without_second(rules: Rules, found: Found) -> Found:
    """Drop what is named only when nothing else answers: Playwright beside Jest."""
    first = {name: each for name, each in found.items() if not rules.subjects[name].second}
    if any(strength_of(each) >= Strength.USED for each in first.values()):
        return first
    return found


def _is_there(view: View, rules: Rules, technology: str) -> bool:
    """Tell whether a technology is used: a framework when the project is written with it."""
    if rules.subjects[technology].field == "framework":
        return technology in view.frameworks
    return is_present(view, rules, technology)


def is_present(view: View, rules: Rules, technology: str) -> bool:
    """Tell whether a technology is used at all, whatever for."""
    return any(
        finding.evidence.strength >= Strength.USED
        for rule in rules.subjects[technology].rules
        if rule.field == rules.subjects[technology].field
        for finding in findings(view, rule)
    )


def _nearest(found: dict[str, list[Finding]]) -> dict[str, list[Finding]]:
    """Keep what is said nearest to the project: its own tools hide those of the folders above."""
    for level in (OWN, MEMBER, ABOVE):
        near = {
            technology: evidence
            for technology, evidence in found.items()
            if any(
                each.level <= level and each.evidence.strength >= Strength.USED for each in evidence
            )
        }
        if near:
            return near
    return found


def without_excluded(rules: Rules, found: dict[str, list[Finding]]) -> dict[str, list[Finding]]:
    """Drop what only comes along with something else that was found: Express with NestJS."""
    certain = [
        technology
        for technology, evidence in found.items()
        if strength_of(evidence) >= Strength.USED
    ]
    excluded = {each for technology in certain for each in rules.subjects[technology].excludes}
    return {name: evidence for name, evidence in found.items() if name not in excluded}


def strength_of(found: Iterable[Finding]) -> Strength:
    """Return the strength of the best finding."""
    return strongest([each.evidence for each in found])


def verdict(view: View, rules: Rules, policy: Policy, found: Found) -> Answer:
    """Return the answer that the findings give."""
    if not policy.many:
        found = _without_second(rules, found)
    strengths = {technology: strength_of(evidence) for technology, evidence in found.items()}
    certain = [each for each, strength in strengths.items() if strength >= policy.minimum]
    if not certain:
        is_open = policy.name not in TOOLS and any(
            is_hint(each) for evidence in found.values() for each in evidence
        )
        status = Status.UNKNOWN if is_open or _is_unreadable(view) else Status.NONE
        return Answer(status, alternatives=_alternatives(found, sorted(strengths)))
    if policy.many:
        order = sorted(
            certain,
            key=lambda each: (
                rules.subjects[each].second,
                -strengths[each],
                -_kinds(found[each]),
                each,
            ),
        )
        evidence = [item for each in order for item in evidence_of(found[each])[:3]]
        rest = sorted(set(strengths) - set(order))
        return Answer(Status.FOUND, tuple(order), tuple(evidence), _alternatives(found, rest))
    best = max(strengths[each] for each in certain)
    tied = sorted(each for each in certain if strengths[each] == best)
    if len(tied) > 1 and policy.prefer:
        tied = sorted(policy.prefer(tied, found))
    if len(tied) > 1:
        return Answer(
            Status.CONFLICT,
            evidence=tuple(item for each in tied for item in evidence_of(found[each])[:3]),
            alternatives=_alternatives(found, tied),
        )
    rest = sorted(set(strengths) - set(tied), key=lambda each: (-strengths[each], each))
    return Answer(
        Status.FOUND, tied[0], tuple(evidence_of(found[tied[0]])), _alternatives(found, rest)
    )


def is_hint(finding: Finding) -> bool:
    """Tell whether weak evidence leaves a question open: what only develops or tests does not."""
    fact = finding.fact
    return not (isinstance(fact, Dependency) and fact.scope in {Scope.DEVELOPMENT, Scope.PEER})


def _is_unreadable(view: View) -> bool:
    """Tell whether a manifest of the project was there and could not be read."""
    broken = view.index.facts.broken
    return any(path.rpartition("/")[0] == view.folder for path in broken)


def _kinds(found: Iterable[Finding]) -> int:
    return len({each.kind for each in found})


def _alternatives(found: Found, names: Iterable[str]) -> tuple[Alternative, ...]:
    return tuple(Alternative(name, tuple(evidence_of(found[name])[:3])) for name in names)


def evidence_of(found: Iterable[Finding]) -> list[Evidence]:
    """Return the evidence of findings, the best first, each place once."""
    places: dict[tuple[str, int], Finding] = {}
    for each in sorted(found, key=_telling):
        places.setdefault((each.evidence.file, each.evidence.line), each)
    return [each.evidence for each in places.values()][:MAX_EVIDENCE]


def _telling(finding: Finding) -> tuple[int, int, int, Evidence]:
    """Sort the evidence that says most first: of equal strength a file before a command."""
    evidence = finding.evidence
    return -evidence.strength, finding.level, _DIRECT.index(finding.kind), evidence


def merged(answers: Sequence[Answer], *, many: bool) -> Answer:
    """Return one answer for several projects of equal weight: a conflict where they differ."""
    found = [each for each in answers if each.status is Status.FOUND]
    if not found:
        return next((each for each in answers if each.status is not Status.NONE), answers[0])
    if many:
        values = dict.fromkeys(value for each in found for value in each.value or ())
        evidence = tuple(dict.fromkeys(item for each in found for item in each.evidence))
        return Answer(Status.FOUND, tuple(values), evidence[:MAX_EVIDENCE])
    by_value: dict[str, list[Evidence]] = defaultdict(list)
    for each in found:
        by_value[str(each.value)].extend(each.evidence)
    if len(by_value) == 1:
        return found[0]
    return Answer(
        Status.CONFLICT,
        evidence=tuple(item for evidence in by_value.values() for item in evidence[:3]),
        alternatives=tuple(
            Alternative(value, tuple(evidence[:3])) for value, evidence in by_value.items()
        ),
    )
