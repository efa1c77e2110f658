"""The agent kit of a project that was there before says only what is true of it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from copier_backend.found import COMMANDS, FIELDS, PATHS
from copier_backend.registry import Technology

from tests.support.render import TOOLS
from tests.support.truth import parse
from tests.support.truth.agents import agent_faults, is_agent_document
from tests.support.truth.claims import technology_faults
from tests.support.truth.leaks import leak_faults

from .conftest import ANSWERS_FILE, PROJECTS, technologies_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .conftest import Adopted

KIT = {
    "AGENTS.md",
    "CLAUDE.md",
    ".claude/agents/backend-engineer.md",
    ".codex/agents/backend-engineer.toml",
    ".cursor/agents/backend-engineer.md",
    ".github/agents/backend-engineer.agent.md",
    ".opencode/agents/backend-engineer.md",
}


def documents(adopted: Adopted) -> Iterator[tuple[str, str]]:
    """Yield path and Markdown of every document, the one in the TOML file too."""
    for path, text in adopted.kit.items():
        yield path, tomllib.loads(text)["developer_instructions"] if path.endswith("toml") else text


def test_there_are_enough_stacks() -> None:
    assert len(PROJECTS) >= 30


def test_expected_answers_are_recorded(adopted: Adopted) -> None:
    found = {name: adopted.answers[name] for name in adopted.expected}
    assert found == adopted.expected


def test_only_the_kit_is_written(adopted: Adopted) -> None:
    assert adopted.kit.keys() == KIT
    assert {path: adopted.facts.files[path].encode() for path in adopted.before} == adopted.before


def test_nothing_leaks(adopted: Adopted) -> None:
    faults = [fault for path, text in adopted.kit.items() for fault in leak_faults(path, text)]
    assert not faults, "\n".join(map(str, faults))


def test_no_answer_that_is_not_given_is_named(adopted: Adopted) -> None:
    """But in the project's own commands, and in the labels of others: Django sessions."""
    known = [adopted.answers[f"command_{name}"] for name in COMMANDS]
    known += sorted((each.label for each in adopted.facts.chosen), key=len, reverse=True)
    faults = [
        fault
        for path, text in documents(adopted)
        for fault in technology_faults(adopted.facts, parse(path, without(known, text)))
    ]
    assert not faults, "\n".join(map(str, faults))


def test_agent_documents_have_no_fault(adopted: Adopted) -> None:
    faults = [
        fault
        for path, text in adopted.kit.items()
        for document in [parse(path, text)]
        for fault in (*document.faults, *agent_faults(adopted.facts, document))
    ]
    assert all(is_agent_document(path) for path in adopted.kit)
    assert not faults, "\n".join(map(str, faults))


def test_every_command_is_one_of_the_project(adopted: Adopted) -> None:
    for path, text in documents(adopted):
        for command in commands_in(text):
            assert is_own_command(adopted, command), f"{path}: {command}"


def test_every_path_is_there(adopted: Adopted) -> None:
    known = adopted.facts.paths | {path.rstrip("/") + "/" for path in adopted.facts.paths}
    commands = {adopted.answers[f"command_{name}"] for name in COMMANDS}
    versions = set(adopted.answers["project_versions"].values())
    for path, text in documents(adopted):
        spans = {span.text for span in parse(path, text).code} - commands - versions
        # What updates the kit is a command of Copier.
        assert spans - {"copier update"} <= known, path


def test_every_version_is_that_of_the_manifest(adopted: Adopted) -> None:
    manifests = [text.decode() for text in adopted.before.values()]
    for stated in adopted.answers["project_versions"].values():
        package, _, version = stated.partition(" ")
        name = re.escape(package).replace(r"\-", "[-_.]")
        # Poetry's and Node's ranges stand in quotes behind the name, those of PEP 508 at it.
        for part in version.split(","):
            line = re.compile(rf"(?im)(?<![\w-]){name}\b[^\n]*{re.escape(part)}")
            assert any(line.search(text) for text in manifests), stated


def test_every_fact_has_an_answer_and_every_answer_a_fact(
    adopted: Adopted, registry: dict[str, Technology]
) -> None:
    text = adopted.kit["AGENTS.md"]
    answers = adopted.answers
    stated = set(re.findall(r"^- ([A-Z][\w ]+): ", section(text, "Stack"), re.MULTILINE))
    assert stated == {part for field, part in FIELDS.items() if answers[f"project_{field}"]}
    for each in technologies_of(answers):
        assert registry[each].label in section(text, "Stack")
    given = {answers[f"command_{name}"] for name in COMMANDS} - {""}
    assert set(commands_in(section(text, "Commands"))) == given
    rows = set(re.findall(r"^\| `([^`]+)` \|", section(text, "Layout"), re.MULTILINE))
    places = {answers[f"path_{name}"] for name in PATHS} - {""}
    folder = answers["project_folder"]
    assert rows == places | ({f"{folder}/"} if folder != "." else set())
    proofs = {answers[f"command_{name}"] for name in ("lint", "type_check", "test")} - {""}
    assert set(re.findall(r"`([^`]+)`", section(text, "Done means"))) == proofs


def test_no_section_and_no_cell_is_empty(adopted: Adopted) -> None:
    for path, text in documents(adopted):
        lines = [line for line in text.splitlines() if line.strip()]
        pairs = zip(lines, [*lines[1:], "## end"], strict=True)
        assert not [first for first, second in pairs if first[:3] == second[:3] == "## "], path
        assert not re.search(r"\|[ \t]*\||\(\)|``|^- [^:]*: *$", prose(text), re.MULTILINE), path
        assert "\n\n\n" not in text, path
        assert not re.search(r"[ \t]+$", text, re.MULTILINE), path
        assert adopted.kit[path].endswith("\n")
        assert not adopted.kit[path].endswith("\n\n")


def test_every_tool_gets_the_same_instructions(adopted: Adopted) -> None:
    bodies = set()
    for path, text in documents(adopted):
        if "/agents/" in path:
            bodies.add(text.rpartition("---\n")[2].strip())
    assert len(bodies) == 1
    assert len(TOOLS) == len([path for path in adopted.kit if "/agents/" in path])


def test_answers_are_plain_and_complete(adopted: Adopted) -> None:
    text = (adopted.folder / ANSWERS_FILE).read_text(encoding="utf-8")
    assert not re.search(r"\b(null|other|unknown|undefined|None)\b", text)
    for name in (*(f"project_{field}" for field in FIELDS), *(f"command_{c}" for c in COMMANDS)):
        assert name in adopted.answers


def test_public_linter_accepts_the_agent_files(adopted: Adopted) -> None:
    linter = (sys.executable, "-m", "skillsaw", "lint", "--strict", "--no-progress", "--no-color")
    result = subprocess.run(
        [*linter, str(adopted.folder)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout


def section(text: str, heading: str) -> str:
    """Return the text below a heading; nothing where there is none."""
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def without(pieces: Iterable[str], text: str) -> str:
    for piece in filter(None, pieces):
        text = text.replace(piece, "")
    return text


def prose(text: str) -> str:
    """Return a document without its blocks of code."""
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


def commands_in(text: str) -> list[str]:
    """Return every line of the blocks of shell commands, without the comments that explain them."""
    lines = [line for block in parse("x.md", text).blocks for line in block.text.splitlines()]
    return [re.sub(r"\s+# [a-z].*$", "", line).strip() for line in lines]


# What each manager installs from: the one claim that no file of a project has to spell out.
INSTALLS = {
    "npm install": "package.json",
    "yarn install": "yarn.lock",
    "pnpm install": "pnpm-lock.yaml",
    "bun install": "bun.lock",
    "uv sync": "uv.lock",
    "poetry install": "poetry.lock",
    "pdm install": "pdm.lock",
    "pipenv install --dev": "Pipfile",
}
SCRIPT = re.compile(r"(?:npm run|pnpm run|yarn run|bun run|npm(?= test| start)) ?([\w:.-]+)")
RECIPE = re.compile(r"(make|just|task) ([\w:.-]+)")


def is_own_command(adopted: Adopted, command: str) -> bool:
    """Tell whether a project defines a command, read from its files without the detector."""
    place, _, rest = command.rpartition(" && ")
    folder = place.removeprefix("cd ")
    inside = f"{folder}/" if folder else ""
    files = {
        path.removeprefix(inside): content.decode(errors="replace")
        for path, content in adopted.before.items()
        if path.startswith(inside)
    }
    if rest in INSTALLS:
        return any(PurePosixPath(path).name == INSTALLS[rest] for path in files)
    if script := SCRIPT.fullmatch(rest):
        scripts: dict[str, Any] = json.loads(files["package.json"])["scripts"]
        return script[1] in scripts
    if recipe := RECIPE.fullmatch(rest):
        name = {"make": "Makefile", "just": "justfile", "task": "Taskfile.yml"}[recipe[1]]
        return re.search(rf"(?m)^\s*{re.escape(recipe[2])}\b.*:", files[name]) is not None
    if "poe " in rest or rest.startswith(("pipenv run ", "hatch run ")):
        manifest = files.get("pyproject.toml", "") + files.get("Pipfile", "")
        name = re.escape(re.split("[ :]", rest)[-1])
        if re.search(rf"(?m)^{name} *=", manifest):
            return True
    # What a pipeline or a container runs, it spells out; but for how a manager runs its tools.
    words = re.sub(r"^(npx|pnpm exec|yarn run|(uv|poetry|pdm|pipenv) run) ", "", rest)
    words = words.removeprefix("python ")
    return any(words in text or json.dumps(words.split())[1:-1] in text for text in files.values())
