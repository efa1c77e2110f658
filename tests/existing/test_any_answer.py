"""Whatever is answered about a project, its facts say that and nothing else."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from copier_backend import ExistingProjects, Stack
from copier_backend.found import COMMANDS, FIELDS, MANY, PATHS, is_command, is_path
from copier_backend.registry import Technology, load_registry
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import FileSystemLoader
from jinja2.sandbox import SandboxedEnvironment

from tests.support.render import ROOT
from tests.support.truth import Facts, parse
from tests.support.truth.agents import agent_faults
from tests.support.truth.claims import technology_faults
from tests.support.truth.leaks import leak_faults

if TYPE_CHECKING:
    from pathlib import Path

REGISTRY = load_registry(ROOT / "technologies")
CHOICES = {
    field: [each.id for each in REGISTRY.values() if field in each.signals] for field in FIELDS
}
LAYERS = ("project_file", "service")


@cache
def environment() -> SandboxedEnvironment:
    found = SandboxedEnvironment(
        loader=FileSystemLoader(ROOT), autoescape=False, keep_trailing_newline=True
    )
    stack = Stack(ROOT)
    found.globals |= {"stack": stack, "existing": ExistingProjects(ROOT, stack)}
    return found


def rendered(**answers: Any) -> dict[str, str]:  # noqa: ANN401 # texts and lists
    """Return the documents of a project about which nothing is known but these answers."""
    unanswered = {f"project_{field}": [] if field in MANY else "" for field in FIELDS}
    unanswered |= {f"command_{name}": "" for name in COMMANDS}
    unanswered |= {f"path_{name}": "" for name in PATHS}
    more = {"project_folder": ".", "project_versions": {}, "project_name": "Orders"}
    context = {**dict.fromkeys(LAYERS, ""), **unanswered, **more, "project_description": ""}
    agent = (
        '---\nname: backend-engineer\ndescription: "{% include "subagent/description.txt" %}"\n---\n'
        '\n{% include "subagent/instructions.md" %}'
    )
    return {
        "AGENTS.md": environment()
        .get_template("existing_project/facts.md")
        .render(context | answers),
        ".cursor/agents/backend-engineer.md": environment()
        .from_string(agent)
        .render(context | answers),
    }


def faults(documents: dict[str, str], folder: Path, *ids: str) -> list[str]:
    chosen = [each for each in REGISTRY.values() if each.id in ids]
    foreign = [each for each in REGISTRY.values() if each.id not in ids]
    facts = Facts(folder, chosen, foreign)
    found = []
    for path, text in documents.items():
        # The label of one may have the name of another: Django sessions.
        for each in sorted(chosen, key=lambda each: -len(each.label)):
            text = text.replace(each.label, "")
        document = parse(path, text)
        found += [*leak_faults(path, text), *document.faults]
        found += [*technology_faults(facts, document), *agent_faults(facts, document)]
        assert "\n\n\n" not in text
    return [str(fault) for fault in found]


def headings(text: str) -> list[str]:
    return re.findall(r"^## (.*)", text, re.MULTILINE)


def test_nothing_known_leaves_no_empty_section(tmp_path: Path) -> None:
    documents = rendered()
    assert faults(documents, tmp_path) == []
    assert headings(documents["AGENTS.md"]) == ["Ask first", "Never", "Project specifics"]
    assert "migration" not in documents["AGENTS.md"]


@pytest.mark.parametrize(
    ("field", "technology"),
    [(field, each) for field, ids in CHOICES.items() for each in ids],
    ids=lambda value: str(value),
)
def test_each_technology_alone(field: str, technology: str, tmp_path: Path) -> None:
    answer = [technology] if field in MANY else technology
    documents = rendered(**{f"project_{field}": answer})
    assert faults(documents, tmp_path, technology) == []
    assert f"- {FIELDS[field]}: {REGISTRY[technology].label}" in documents["AGENTS.md"]
    for text in (ROOT / "existing_project" / "technologies" / technology).glob("*.md"):
        assert text.read_text(encoding="utf-8") in documents["AGENTS.md"]


@given(st.fixed_dictionaries({field: st.sampled_from(CHOICES[field]) for field in FIELDS}))
def test_any_stack(ids: dict[str, str]) -> None:
    answers = {f"project_{field}": [each] if field in MANY else each for field, each in ids.items()}
    documents = rendered(**answers)
    assert faults(documents, ROOT / "tests" / "existing" / "projects", *ids.values()) == []
    assert len(documents["AGENTS.md"].splitlines()) <= 200


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_alone(name: str) -> None:
    documents = rendered(**{f"command_{name}": "make it"})
    assert f"make it                       # {COMMANDS[name]}\n" in documents["AGENTS.md"]
    proves = name in {"lint", "test", "type_check"}
    assert ("`make it` exits with 0." in documents["AGENTS.md"]) == proves
    assert all(("Done means" in headings(text)) == proves for text in documents.values())


def test_command_that_does_two_things_is_named_once() -> None:
    documents = rendered(command_lint="make check", command_type_check="make check")
    assert documents["AGENTS.md"].count("make check") == 2
    assert "# lints, checks the types\n" in documents["AGENTS.md"]


# What an answer may hold: it is part of a document that agents obey.
@pytest.mark.parametrize(
    "command",
    ["", "npm test", "cd api && npm test", "A=1 pytest -q", 'npm run "a b"', "x" * 200],
)
def test_command_is_accepted(command: str) -> None:
    assert is_command(command)


@pytest.mark.parametrize(
    "command",
    [
        *("a\nb", "a\x00", "a\x1b[31m", "a\u202e", " a", "a ", "x" * 201, "a \\"),
        *("```", "`id`", "{{ 7 * 7 }}", "{% raw %}", "${HOME}", "'''"),
    ],
)
def test_command_that_breaks_documents_is_refused(command: str) -> None:
    assert not is_command(command)


@pytest.mark.parametrize("path", ["", ".", "a", "src/app/[id]/(group)", "@scope/x", ".env.example"])
def test_path_is_accepted(path: str) -> None:
    assert is_path(path)


@pytest.mark.parametrize(
    "path", ["..", "a/../../b", "/etc", "~/x", "-x", "a b", "a`b", "{{ x }}", "a|b", "a\nb"]
)
def test_path_that_breaks_documents_or_leaves_the_project_is_refused(path: str) -> None:
    assert not is_path(path)


def test_registry_has_choices_for_every_question(registry: dict[str, Technology]) -> None:
    labels = {field: [registry[each].label for each in ids] for field, ids in CHOICES.items()}
    for field, each in labels.items():
        assert len(each) > 1, field
        assert len(set(each)) == len(each), field
