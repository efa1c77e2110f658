"""The rule by which a run chooses its combinations; on questions that are not asked, too."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.covering import (
    Answers,
    covering,
    for_contract,
    for_lives,
    for_own_tests,
    for_providers,
    kind,
    pairs_of_kinds,
)
from tests.support.render import combinations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

PROVIDERS = ["auth0", "clerk", "supabase", "firebase", "keycloak", "cognito", "oidc"]
LARGE = {
    "framework": ["fastapi", "express", "django", "flask"],
    "database": ["postgres", "sqlite", "mongodb"],
    "auth": ["local", *PROVIDERS],
}


def product(questions: Mapping[str, Sequence[str]]) -> list[Answers]:
    return [
        dict(zip(questions, answers, strict=True))
        for answers in itertools.product(*questions.values())
    ]


@pytest.fixture(params=[combinations(), product(LARGE)], ids=["ours", "large"])
def possible(request: pytest.FixtureRequest) -> list[Answers]:
    found: list[Answers] = request.param
    return found


class TestEveryRun:
    def test_meets_every_pair_of_kinds(self, possible: list[Answers]) -> None:
        chosen = for_contract(possible)
        assert set().union(*map(pairs_of_kinds, chosen)) == set().union(
            *map(pairs_of_kinds, possible)
        )

    def test_runs_each_framework_on_mongodb_with_both_kinds_of_accounts(self) -> None:
        chosen = for_contract(product(LARGE))
        for framework in LARGE["framework"]:
            accounts = {
                kind("auth", each["auth"])
                for each in chosen
                if (each["framework"], each["database"]) == (framework, "mongodb")
            }
            assert accounts == {"local", "identity provider"}

    def test_runs_each_framework_and_database_with_both_kinds_of_accounts(self) -> None:
        chosen = for_contract(product(LARGE))
        for name in ("framework", "database"):
            for answer in LARGE[name]:
                accounts = {kind("auth", each["auth"]) for each in chosen if each[name] == answer}
                assert accounts == {"local", "identity provider"}

    def test_runs_the_own_tests_of_every_answer(self, possible: list[Answers]) -> None:
        chosen = for_own_tests(possible)
        assert {item for answers in chosen for item in answers.items()} == {
            item for answers in possible for item in answers.items()
        }
        assert chosen[: len(for_contract(possible))] == for_contract(possible)

    def test_tries_the_tokens_of_every_provider(self, possible: list[Answers]) -> None:
        chosen = for_providers(possible)
        assert {each["auth"] for each in chosen} == {each["auth"] for each in possible}
        generic = {each["framework"] for each in chosen if each["auth"] == "oidc"}
        assert generic == {each["framework"] for each in possible if each["auth"] == "oidc"}
        assert chosen[: len(for_contract(possible))] == for_contract(possible)

    def test_lets_the_providers_take_turns(self) -> None:
        taken = Counter(each["auth"] for each in for_contract(product(LARGE)))
        turns = {taken[provider] for provider in PROVIDERS}
        assert max(turns) - min(turns) <= 1

    def test_lives_with_each_framework_once(self, possible: list[Answers]) -> None:
        lives = for_lives(possible)
        assert [each["framework"] for each in lives] == list(
            dict.fromkeys(each["framework"] for each in possible)
        )

    def test_takes_the_same_each_time(self, possible: list[Answers]) -> None:
        assert for_own_tests(possible) == for_own_tests([dict(answers) for answers in possible])


class TestCost:
    def test_another_provider_adds_nothing_to_the_contract_suite(self) -> None:
        more = {**LARGE, "auth": [*LARGE["auth"], "okta"]}
        assert len(for_contract(product(more))) == len(for_contract(product(LARGE)))
        assert len(for_own_tests(product(more))) <= len(for_own_tests(product(LARGE))) + 1

    def test_grows_with_frameworks_and_data_layers_not_with_the_product(self) -> None:
        """Each framework on each of two data layers with each of two kinds of accounts."""
        assert len(product(LARGE)) == 96
        assert len(for_contract(product(LARGE))) == 4 * 2 * 2
        soon = {**LARGE, "framework": LARGE["framework"][:2]}
        assert len(for_contract(product(soon))) == 2 * 2 * 2
        assert len(for_own_tests(product(soon))) <= 2 * 3 + 1 + len(PROVIDERS) - 3

    def test_everything_is_everything(self, possible: list[Answers]) -> None:
        assert for_contract(possible, everything=True) == possible
        assert for_own_tests(possible, everything=True) == possible
        assert for_providers(possible, everything=True) == possible
        assert len(for_lives(possible, everything=True)) == len(
            {(each["framework"], each["database"]) for each in possible}
        )


questions = st.dictionaries(
    st.sampled_from("abcd"),
    st.lists(st.sampled_from("01234"), min_size=1, max_size=5, unique=True),
    min_size=1,
)


@settings(deadline=None)  # a busy machine is no fault of the rule
@given(questions, st.randoms(use_true_random=False))
def test_every_possible_pair_is_covered_whatever_is_asked(
    asked: dict[str, list[str]], random: Random
) -> None:
    """Also where some combinations are impossible, which are then never chosen."""
    possible = product(asked)
    possible = random.sample(possible, random.randint(1, len(possible)))
    chosen = covering(possible, pairs_of_kinds)
    assert set().union(*map(pairs_of_kinds, chosen)) == set().union(*map(pairs_of_kinds, possible))
    assert all(answers in possible for answers in chosen)
    assert len(chosen) == len({tuple(answers.items()) for answers in chosen})
