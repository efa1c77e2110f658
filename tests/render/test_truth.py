"""What a rendered project says about itself is true."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from jinja2 import Environment

from tests.support.render import ROOT, render
from tests.support.truth import project_faults
from tests.support.truth.document import parse

from .test_layers import chosen_layers

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Rendered

AGENT = ".claude/agents/backend-engineer.md"


def test_project_has_no_fault(rendered: Rendered) -> None:
    faults = project_faults(rendered.facts)
    assert not faults, "\n".join(map(str, faults))


def test_every_task_is_named_for_agents(rendered: Rendered) -> None:
    text = rendered.facts.files["AGENTS.md"]
    facts = rendered.facts
    commands = [f"uv run poe {task}" for task in facts.tasks]
    commands += [f"npm run {script}" for script in facts.scripts]
    assert not [command for command in commands if command not in text]


def test_readme_lists_every_task(rendered: Rendered) -> None:
    section = rendered.facts.files["README.md"].partition("\n## Tasks\n")[2].partition("\n## ")[0]
    listed = set(re.findall(r"^\| `([\w-]+)", section, re.MULTILINE))
    assert listed == {*rendered.facts.tasks, *rendered.facts.scripts}


def test_settings_that_dev_needs_are_said_before_it(rendered: Rendered) -> None:
    # Keycloak's realm for development is a default.
    needed = rendered.answers["auth"] not in {"local", "keycloak"}
    said = "cp .env.example .env"
    first = rendered.facts.files["README.md"].partition("```sh\n")[2].partition("```")[0]
    assert (said in first.partition(" dev ")[0]) == needed
    commands = rendered.facts.files["AGENTS.md"].partition("## Commands")[2].partition("## ")[0]
    assert (said in commands) == needed


def test_documents_have_no_columns(rendered: Rendered) -> None:
    if rendered.answers["database"] != "mongodb":
        return
    for name in ("README.md", "AGENTS.md"):
        assert not re.findall(r"(?i)\bcolumns?\b", rendered.facts.files[name])


def test_readme_has_the_parts_of_its_framework(rendered: Rendered) -> None:
    parts = {path.name for path in (ROOT / "readme").glob("*/*.md")}
    for name in parts:
        folder = ROOT / "readme" / rendered.answers["framework"]
        special = folder / rendered.answers["database"] / name
        part = special if special.exists() else folder / name
        text = Environment(autoescape=False).from_string(part.read_text(encoding="utf-8"))  # noqa: S701 # no HTML
        layers = dict.fromkeys(chosen_layers(rendered.answers), ".")
        assert text.render(layers).strip() in rendered.facts.files["README.md"]


def test_every_chosen_technology_is_in_the_stack_table(rendered: Rendered) -> None:
    text = rendered.facts.files["AGENTS.md"]
    missing = [each.id for each in rendered.facts.chosen if f"<{each.docs}>" not in text]
    assert not missing


def test_claude_reads_the_same_facts(rendered: Rendered) -> None:
    assert rendered.facts.files["CLAUDE.md"] == "@AGENTS.md\n"


def test_agent_repeats_no_sentence_of_agents_md(rendered: Rendered) -> None:
    facts = set(rendered.facts.files["AGENTS.md"].splitlines())
    repeated = [
        line
        for line in rendered.facts.files[AGENT].splitlines()
        # What is done is said in both, and headings are no sentences.
        if line in facts
        and line.strip()
        and not line.startswith(("#", "```", "uv run poe", "npm run"))
    ]
    assert not repeated


def test_agents_md_ends_with_what_belongs_to_the_user(rendered: Rendered) -> None:
    headings = [
        line for line in rendered.facts.files["AGENTS.md"].splitlines() if line[:3] == "## "
    ]
    assert headings[-1] == "## Project specifics"


@pytest.mark.parametrize("document", ["AGENTS.md", AGENT])
def test_agent_documents_have_no_empty_section(rendered: Rendered, document: str) -> None:
    lines = [line for line in rendered.facts.files[document].splitlines() if line.strip()]
    pairs = zip(lines, [*lines[1:], "## end"], strict=True)
    assert not [first for first, second in pairs if first[:3] == second[:3] == "## "]


def test_public_linter_accepts_the_agent_files(rendered: Rendered) -> None:
    linter = (sys.executable, "-m", "skillsaw", "lint", "--strict", "--no-progress", "--no-color")
    result = subprocess.run(
        [*linter, str(rendered.folder)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout


def test_agent_survives_a_name_with_punctuation(tmp_path: Path) -> None:
    folder = render(tmp_path / "project", project_name="Bob's: #1 & more [x] | *y*")
    agent = parse(AGENT, (folder / AGENT).read_text(encoding="utf-8"))
    assert agent.faults == []
    assert agent.front_matter is not None
    assert agent.front_matter["description"].startswith(
        "Backend engineer of Bob's: #1 & more [x] | *y* ("
    )
