"""Which combinations of answers run for real: few enough for every run, and never by chance.

A run costs minutes for each combination, and each further answer multiplies their number. So a
run takes

- for what crosses all parts (the contract suite, the tasks): combinations in which every pair of
  kinds of answers occurs. The identity providers are presets of one verifier, so one kind: each
  framework and each database meets local accounts and one of the providers. What is stored is
  written for each framework and each data layer, of which the SQL databases share one: each of
  those meets local accounts and one of the providers, too.
- for what a provider's tokens look like: those, each provider once, and the generic one with each
  framework.
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


def data_layer(answer: str) -> str:
    """Return what a database counts as where code is shared; any other answer is returned as is."""
    return "sql" if answer in {"postgres", "sqlite"} else answer


def for_contract(possible: Sequence[Answers], *, everything: bool = False) -> list[Answers]:
    """Return the combinations on which the contract suite and the tasks run."""
    if everything:
        return list(possible)
    # What is taken second decides how many it takes.
    attempts = [
        covering(possible, crossing, pairs_of_kinds, chosen=[possible[0], second])
        for second in possible[1:]
        if not pairs_of_kinds(possible[0]) & pairs_of_kinds(second)
    ]
    return min(attempts, key=len) if attempts else covering(possible, crossing, pairs_of_kinds)


def for_own_tests(possible: Sequence[Answers], *, everything: bool = False) -> list[Answers]:
    """Return the combinations whose own check and tests run."""
    if everything:
        return list(possible)
    return covering(possible, lambda answers: {*answers.items()}, chosen=for_contract(possible))


def for_providers(possible: Sequence[Answers], *, everything: bool = False) -> list[Answers]:
    """Return the combinations on which tokens of the identity providers are tried."""
    if everything:
        return list(possible)

    def parts(answers: Answers) -> set[tuple[str, str]]:
        auth, framework = answers["auth"], answers["framework"]
        return {("auth", auth)} | ({("framework", framework)} if auth == "oidc" else set())

    return covering(possible, parts, chosen=for_contract(possible))


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


def crossing(answers: Answers) -> set[frozenset[tuple[str, str]]]:
    """Return all of the answers, by kind and data layer."""
    return {frozenset((name, kind(name, data_layer(each))) for name, each in answers.items())}


def covering(
    possible: Sequence[Answers],
    *kinds_of_parts: Callable[[Answers], Set[Hashable]],
    chosen: Sequence[Answers] = (),
) -> list[Answers]:
    """Return the chosen combinations and some more, in which every part of a possible one occurs.

    Each step takes what brings most parts that are missing, of the first kind and then of the next;
    among equals the one whose answers were taken least often, and then the first: so the answers of
    one kind take turns, and the same questions give the same result.
    """
    result = list(chosen)
    taken = Counter(item for answers in chosen for item in answers.items())
    missing: list[set[Hashable]] = [
        set().union(*map(parts, possible)).difference(*map(parts, chosen))
        for parts in kinds_of_parts
    ]

    def gain(answers: Answers) -> list[int]:
        brings = [
            len(still & parts(answers))
            for still, parts in zip(missing, kinds_of_parts, strict=True)
        ]
        return [*brings, -sum(taken[item] for item in answers.items())]

    while any(missing):
        best = max(possible, key=gain)
        result.append(best)
        taken.update(best.items())
        for still, parts in zip(missing, kinds_of_parts, strict=True):
            still -= parts(best)
    return result
