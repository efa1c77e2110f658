"""Which combinations of answers run for real: few enough for every run, and never by chance.

A run costs minutes for each combination, and each further answer multiplies their number. So a
run takes

- for what crosses all parts (the contract suite, the tasks): combinations in which every pair of
  kinds of answers occurs. The identity providers are presets of one verifier, so one kind: each
  framework and each database meets local accounts and one of the providers.
- for a project's own check and tests: those, and one more for each answer that is in none of them.
- for a service that is lived in and updated, which has local accounts: one of each framework, on
  the database that needs no server.

With `--all` every combination runs, and lives on every database.
"""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence, Set

Answers = dict[str, str]


def kind(name: str, answer: str) -> str:
    """Return what an answer counts as, where pairs are counted."""
    if name == "auth" and answer != "local":
        return "identity provider"
    return answer


def for_contract(possible: Sequence[Answers], *, everything: bool = False) -> list[Answers]:
    """Return the combinations on which the contract suite and the tasks run."""
    return list(possible) if everything else covering(possible, pairs_of_kinds)


def for_own_tests(possible: Sequence[Answers], *, everything: bool = False) -> list[Answers]:
    """Return the combinations whose own check and tests run."""
    if everything:
        return list(possible)
    return covering(possible, lambda answers: {*answers.items()}, for_contract(possible))


def for_lives(possible: Sequence[Answers], *, everything: bool = False) -> list[Answers]:
    """Return the combinations that are lived in and updated."""
    databases = {answers["database"] for answers in possible} if everything else {"sqlite"}
    return [
        answers
        for answers in possible
        if answers["auth"] == "local" and answers["database"] in databases
    ]


def pairs_of_kinds(answers: Answers) -> set[frozenset[tuple[str, str]]]:
    """Return each two of the answers, by kind; the single one where there is no other."""
    kinds = [(name, kind(name, answer)) for name, answer in answers.items()]
    return {frozenset(pair) for pair in combinations(kinds, min(2, len(kinds)))}


def covering(
    possible: Sequence[Answers],
    parts: Callable[[Answers], Set[Hashable]],
    chosen: Sequence[Answers] = (),
) -> list[Answers]:
    """Return the chosen combinations and some more, in which every part of a possible one occurs.

    Each step takes what brings most parts that are missing; among equals the one whose answers
    were taken least often, and then the first: so the answers of one kind take turns, and the
    same questions give the same result.
    """
    result = list(chosen)
    taken = Counter(item for answers in chosen for item in answers.items())
    missing: set[Hashable] = set().union(*map(parts, possible)).difference(*map(parts, chosen))

    def gain(answers: Answers) -> tuple[int, int]:
        return len(missing & parts(answers)), -sum(taken[item] for item in answers.items())

    while missing:
        best = max(possible, key=gain)
        result.append(best)
        taken.update(best.items())
        missing -= parts(best)
    return result
