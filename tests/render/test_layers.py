"""The layers fit together: one layer for each output path, one folder for each layer."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from copier_backend import names
from jinja2 import Environment

from tests.support.render import ROOT, TOOLS, combinations, name_of, questions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.render.conftest import Rendered

TEMPLATE = ROOT / "template"
LAYER = re.compile(r"\{\{ (\w+) \}\}")
LAYERS: dict[str, dict[str, str]] = yaml.safe_load((ROOT / "questions/layers.yml").read_text())


def template_files() -> Iterator[Path]:
    for path in TEMPLATE.rglob("*"):
        if path.is_file() and path.parent != TEMPLATE:
            yield path.relative_to(TEMPLATE)


def chosen_layers(answers: dict[str, str]) -> set[str]:
    render = Environment(autoescape=False).from_string  # noqa: S701 # no HTML
    context: dict[str, Any] = {
        "scope": "service",
        "own_files": [],
        "agent_tools": TOOLS,
        **answers,
    }
    for name, layer in LAYERS.items():
        context[name] = render(layer["default"]).render(context)
    return {name for name in LAYERS if context[name]}


def output_paths(answers: dict[str, str]) -> dict[str, list[str]]:
    """Return every output path of a combination with the template files that write it."""
    chosen = chosen_layers(answers)
    written = defaultdict(list)
    for path in template_files():
        layers = {match[1] for part in path.parts if (match := LAYER.fullmatch(part))}
        if layers <= chosen:
            parts = [part for part in path.parts if not LAYER.fullmatch(part)]
            written["/".join(parts).removesuffix(".jinja")].append(str(path))
    return written


@pytest.mark.parametrize("answers", combinations(), ids=name_of)
def test_each_output_path_comes_from_one_layer(answers: dict[str, str]) -> None:
    assert {path: by for path, by in output_paths(answers).items() if len(by) > 1} == {}


def test_rendering_writes_just_the_files_of_its_layers(rendered: Rendered) -> None:
    expected = {*output_paths(rendered.answers), ".copier-answers.yml"}
    written = {
        str(path.relative_to(rendered.folder))
        for path in rendered.folder.rglob("*")
        if path.is_file()
    }
    assert written == expected


def test_all_tools_are_all_choices() -> None:
    assert list(questions()["agent_tools"]["choices"].values()) == TOOLS


def test_every_layer_has_a_folder_and_every_folder_a_layer() -> None:
    folders = {
        match[1] for path in template_files() for part in path.parts if (match := LAYER.match(part))
    }
    assert folders == LAYERS.keys()


def test_folder_names_are_layers_or_plain() -> None:
    for path in template_files():
        assert all(LAYER.fullmatch(part) or "{" not in part for part in path.parts), path


def test_only_the_assembly_files_hold_conditions() -> None:
    listed = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for path in template_files():
        if path.suffix == ".jinja" and "{% if" in (TEMPLATE / path).read_text(encoding="utf-8"):
            name = "/".join(p for p in path.parts if not LAYER.fullmatch(p)).removesuffix(".jinja")
            assert f"`{name}`" in listed, f"{name} is no assembly file of CONTRIBUTING.md"


def test_project_cannot_be_called_like_a_dependency(rendered: Rendered) -> None:
    assert {package for package in rendered.facts.packages if names.is_slug(package)} == set()


def test_every_dependency_is_bounded(rendered: Rendered) -> None:
    """Python: from the tested line to below the next breaking one; npm: exactly what was tested."""
    manifest = rendered.facts.manifest
    if manifest:
        for requirement in [
            *manifest["project"]["dependencies"],
            *manifest["dependency-groups"]["dev"],
        ]:
            assert re.search(r">=[\d.]+,<[\d.]+", requirement), requirement
    for kind in ("dependencies", "devDependencies"):
        for package, version in rendered.facts.node_manifest.get(kind, {}).items():
            assert re.fullmatch(r"\d+\.\d+\.\d+(-[\w.]+)?", version), package


def test_lock_of_all_options_holds_what_the_manifest_asks_for(rendered: Rendered) -> None:
    if rendered.facts.scripts:
        lock = json.loads(rendered.facts.files["package-lock.json"])["packages"]
        for package, version in rendered.facts.packages.items():
            assert lock[f"node_modules/{package}"]["version"] == version
        assert not re.search('"resolved"', rendered.facts.files["package-lock.json"])
