"""Every signal in technologies/*.yml is found, and what is nearly one is not.

The trees are made from the rules, so a technology is tested from the day it is added.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import yaml
from detection import Status, detect
from detection.detection import detect_by
from detection.fields import POLICIES
from detection.rules import TECHNOLOGIES, Rules

from .generated import (
    RULES,
    base_of,
    ecosystem_of,
    has_near_miss,
    made,
    plain_application,
    project_can_have_both,
    project_nearly_with,
    project_with_both,
    tree_with,
    weak,
)
from .trees import write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from detection import Answer
    from detection.rules import Rule, Subject

REPORTED = {"framework", "language", "package_manager"} | {policy.name for policy in POLICIES}
SUBJECTS = [
    pytest.param(technology, field, id=f"{technology}-{field}")
    for technology, subject in RULES.subjects.items()
    for field in dict.fromkeys(rule.field for rule in subject.rules)
    if field in REPORTED
]
WEAK = [rule for subject in RULES.subjects.values() for rule in subject.rules if weak(rule)]
# Signals that leave a question open and are no answer: that a variable has this name says who is
# asked, and not whether.
HINTS = {"variable"}


def rules_of(technology: str, field: str) -> list[Rule]:
    return [rule for rule in RULES.subjects[technology].rules if rule.field == field]


def values(answer: Answer) -> list[str]:
    """Return what an answer claims: nothing unless it was found."""
    if answer.status is not Status.FOUND or answer.value is None:
        return []
    return [answer.value] if isinstance(answer.value, str) else list(answer.value)


def outcome(answer: Answer) -> object:
    return answer.status, answer.value, answer.strength


def is_signal_of(rule: Rule, technologies: Sequence[str]) -> bool:
    """Tell whether a rule's signal is also one of the other technologies."""
    return any(
        (each.kind, each.ecosystem, each.argument) == (rule.kind, rule.ecosystem, rule.argument)
        for name in technologies
        for each in RULES.subjects[name].rules
    )


def without_others_like(rule: Rule) -> Rules:
    """Return all rules but the technology's others of the same kind, which could answer instead."""
    subject = RULES.subjects[rule.technology]
    kept = tuple(
        each
        for each in subject.rules
        if each == rule or (each.field, each.kind) != (rule.field, rule.kind)
    )
    return Rules(RULES.subjects | {subject.id: replace(subject, rules=kept)})


def shown(rule: Rule) -> str:
    return f"{rule.kind} {rule.ecosystem}:{rule.argument}"


@pytest.mark.parametrize(("technology", "field"), SUBJECTS)
def test_every_signal_is_found(technology: str, field: str, tmp_path: Path) -> None:
    missed = {}
    for number, rule in enumerate(rules_of(technology, field)):
        tree = tree_with(rule)
        folder = write(tmp_path / str(number), tree)
        answer = detect_by(without_others_like(rule), folder).fields[field]
        if rule.kind in HINTS:
            is_right = answer.status is Status.UNKNOWN and technology in {
                each.value for each in answer.alternatives
            }
        else:
            signals = {each.signal for each in answer.evidence}
            is_right = technology in values(answer) and rule.kind in signals
        if not is_right:
            missed[shown(rule)] = (answer, tree)
    assert missed == {}


@pytest.mark.parametrize(("technology", "field"), SUBJECTS)
def test_what_is_nearly_a_signal_says_nothing(technology: str, field: str, tmp_path: Path) -> None:
    claimed = {}
    before: dict[str, Answer] = {}
    for number, rule in enumerate(rules_of(technology, field)):
        if not has_near_miss(rule):
            continue
        base = base_of(rule).tree() if field != "framework" else {}
        name = str(sorted(base.items()))
        if name not in before:
            before[name] = detect(write(tmp_path / f"{number}-before", base)).fields[field]
        tree = project_nearly_with(rule).tree()
        after = detect(write(tmp_path / str(number), tree)).fields[field]
        if outcome(after) != outcome(before[name]):
            claimed[shown(rule)] = (after, tree)
    assert claimed == {}


@pytest.mark.parametrize("rule", WEAK, ids=lambda rule: f"{rule.technology}-{rule.argument}")
def test_what_tests_and_examples_use_is_no_answer(rule: Rule, tmp_path: Path) -> None:
    tree = base_of(rule).having(*weak(rule)).tree()
    answer = detect(write(tmp_path, tree)).fields[rule.field]
    assert answer.status in {Status.NONE, Status.UNKNOWN}


REQUIRING = [
    pytest.param(rule, id=f"{subject.id}-{rule.kind}-{rule.argument}")
    for subject in RULES.subjects.values()
    for rule in subject.rules
    if subject.requires and not is_signal_of(rule, subject.requires)
]
EXCLUDING = [
    pytest.param(RULES.subjects[name], RULES.subjects[other], id=f"{name}-{other}")
    for name, subject in RULES.subjects.items()
    for other in subject.excludes
]
SECOND = [
    subject.id
    for subject in RULES.subjects.values()
    # What is for one database only is told by the database.
    if subject.second and not subject.databases
]


@pytest.mark.parametrize("rule", REQUIRING)
def test_signal_without_what_it_requires_is_no_answer(rule: Rule, tmp_path: Path) -> None:
    tree = plain_application(ecosystem_of(rule)).having(made(rule)).tree()
    assert rule.technology not in values(detect(write(tmp_path, tree)).fields[rule.field])


@pytest.mark.parametrize(("subject", "other"), EXCLUDING)
def test_what_only_comes_along_is_no_answer(
    subject: Subject, other: Subject, tmp_path: Path
) -> None:
    tree = project_with_both(subject, other).tree()
    answer = detect(write(tmp_path, tree)).fields[subject.field]
    assert answer.status is Status.FOUND
    assert subject.id in values(answer)
    assert other.id not in values(answer)


@pytest.mark.parametrize("technology", SECOND)
def test_what_is_second_gives_way_to_every_other(technology: str, tmp_path: Path) -> None:
    subject = RULES.subjects[technology]
    others = [
        other
        for other in RULES.subjects.values()
        if other.field == subject.field
        and not other.second
        and technology not in other.excludes
        and project_can_have_both(subject, other)
    ]
    assert others
    for number, other in enumerate(others):
        tree = project_with_both(subject, other).tree()
        answer = detect(write(tmp_path / str(number), tree)).fields[subject.field]
        assert values(answer)[0] == other.id, tree


def test_every_signal_is_about_what_is_reported_or_required() -> None:
    required = {each for subject in RULES.subjects.values() for each in subject.requires}
    unused = {
        (rule.technology, rule.field)
        for subject in RULES.subjects.values()
        for rule in subject.rules
        if rule.field not in REPORTED and subject.id not in required
    }
    assert unused == set()


def test_names_that_rules_refer_to_are_technologies() -> None:
    for subject in RULES.subjects.values():
        named = {*subject.excludes, *subject.requires, *subject.databases}
        assert named <= RULES.subjects.keys(), subject.id


_NAMES = {
    "pypi": r"(\*|[a-z0-9-]+\*?)(\[[a-z0-9-]+\])?",
    "npm": r"(@[a-z0-9._-]+/)?(\*|[a-z0-9._-]+)",
    "go": r"[a-z0-9.-]+\.[a-z]+(/[\w.-]+)+",
    "maven": r"[\w.-]+:(\*|[\w.-]+)",
    "cargo": r"[a-z0-9_-]+",
    "pub": r"[a-z0-9_]+",
}


def test_dependencies_have_names_as_manifests_write_them() -> None:
    wrong = [
        shown(rule)
        for subject in RULES.subjects.values()
        for rule in subject.rules
        if rule.kind == "dependency" and not re.fullmatch(_NAMES[rule.ecosystem], rule.argument)
    ]
    assert wrong == []


def test_no_signal_says_what_another_says() -> None:
    """An extra beside its package, and the same signal twice."""
    twice = []
    for subject in RULES.subjects.values():
        rules = [(rule.field, rule.kind, rule.ecosystem, rule.argument) for rule in subject.rules]
        for field, kind, ecosystem, argument in rules:
            package = argument.partition("[")[0]
            if package != argument and (field, kind, ecosystem, package) in rules:
                twice.append(f"{subject.id}: {argument}")
        assert len(rules) == len(set(rules)), subject.id
    assert twice == []


# What detection is asked to know, by the field of the issue.
ASKED = {
    "language": "typescript javascript python go java rust swift kotlin node",
    "framework": "nextjs express fastify hono nestjs fastapi django flask spring-boot actix",
    "frontend": "react react-native flutter",
    "api_style": "flask-restful drf trpc graphql apollo-server grpc websockets openapi",
    "database": "postgres mysql mongodb sqlite dynamodb turso",
    "hosted database": "supabase neon planetscale",
    "cache": "redis upstash memcached",
    "orm": "prisma drizzle kysely sqlalchemy sqlmodel django-orm typeorm mongoose sequelize knex beanie mongodb-native pymongo",
    "migrations": "alembic",
    "auth": "clerk next-auth better-auth lucia auth0 supabase firebase keycloak cognito passport django-allauth"
    " jwt-self-issued session-cookie session-custom django-session",
    "queue": "rabbitmq kafka sqs bullmq celery",
    "deployment": "docker compose kubernetes terraform",
    "ci": "github-actions circleci gitlab-ci",
    "cloud": "netlify vercel azure aws gcp",
    "package_manager": "npm pnpm yarn bun pip uv poetry pdm pipenv",
    "test_runner": "pytest unittest django-test vitest jest mocha node-test playwright",
    "linter": "ruff flake8 pylint eslint biome oxlint",
    "formatter": "black prettier",
    "type_checker": "mypy pyright",
    "ai": "openai anthropic",
}


@pytest.mark.parametrize("technology", sorted(" ".join(ASKED.values()).split()))
def test_what_is_asked_for_has_label_documentation_and_signals(technology: str) -> None:
    data = yaml.safe_load((TECHNOLOGIES / f"{technology}.yml").read_text(encoding="utf-8"))
    assert data["id"] == technology
    assert data["label"]
    assert data["docs"].startswith("https://")
    assert RULES.subjects[technology].rules
