"""Rendering the template as it stands, uncommitted work included."""

from __future__ import annotations

import atexit
import functools
import itertools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import copier
import yaml
from jinja2.sandbox import SandboxedEnvironment

ROOT = Path(__file__).parent.parent.parent


TOOLS = ["claude_code", "github_copilot", "cursor", "codex", "opencode"]
"""All tools whose files for agents can be rendered."""


def render(destination: Path, **answers: Any) -> Path:  # noqa: ANN401 # texts and lists
    """Render the template with these answers, the others as they default; return the folder."""
    copier.run_copy(
        str(committed_copy()),
        destination,
        data=answers,
        defaults=True,
        unsafe=True,
        vcs_ref="HEAD",
        quiet=True,
    )
    return destination


def combinations() -> list[dict[str, str]]:
    """Return every set of answers about the stack of a new service, if they go together."""
    choices = {
        name: [_value(choice) for choice in _entries(question["choices"])]
        for name, question in questions("stack.yml").items()
    }
    all_of_them = (
        dict(zip(choices, values, strict=True)) for values in itertools.product(*choices.values())
    )
    return [answers for answers in all_of_them if not _refusal(answers)]


def default_of(name: str) -> str:
    """Return the default of a question about the stack, in a folder that has nothing yet."""
    nothing_there = SimpleNamespace(proposed=lambda *_: "")
    default = questions()[name]["default"]
    return SandboxedEnvironment().from_string(default).render(stack=nothing_there)


def _refusal(answers: dict[str, str]) -> str:
    """Return what a question with choices says against these answers together."""
    render = SandboxedEnvironment().from_string
    validators = (questions()[name].get("validator", "") for name in answers)
    return "".join(render(validator).render(answers).strip() for validator in validators)


def name_of(answers: dict[str, str]) -> str:
    """Return a combination's name, for example "fastapi-postgres-local"."""
    return "-".join(answers.values())


@functools.cache
def questions(file: str = "*.yml") -> dict[str, dict[str, Any]]:
    """Return the template's questions by name; those of one file, or all."""
    files = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "questions").glob(file))]
    return {name: question for text in files for name, question in yaml.safe_load(text).items()}


@functools.cache
def committed_copy() -> Path:
    """Return a copy of the template with everything committed: Copier renders commits only."""
    folder = Path(tempfile.mkdtemp(prefix="template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copytree(ROOT, folder, ignore=_not_rendered, dirs_exist_ok=True)
    # What this run's own repository would impose, when a hook of it runs the tests.
    environment = {name: v for name, v in os.environ.items() if not name.startswith("GIT_")}
    identity = ("-c", "user.name=tests", "-c", "user.email=tests@localhost")
    for arguments in (
        ("init", "--quiet"),
        ("add", "--all"),
        (*identity, "-c", "commit.gpgSign=false", "commit", "--quiet", "--no-verify", "-m", "copy"),
    ):
        subprocess.run(["git", *arguments], cwd=folder, env=environment, check=True)
    return folder


def _not_rendered(folder: str, names: list[str]) -> set[str]:
    """Return what to leave out: caches anywhere, and at the top what Copier has no use for."""
    caches = {name for name in names if name.endswith("_cache") or name == "__pycache__"}
    if Path(folder) != ROOT:
        return caches
    return caches | {".git", ".venv", ".cache", "tests", "uv.lock"}


def _entries(choices: dict[str, Any] | list[Any]) -> list[Any]:
    return list(choices.values()) if isinstance(choices, dict) else choices


def _value(choice: Any) -> str:  # noqa: ANN401 # as YAML gives it
    return str(choice["value"] if isinstance(choice, dict) else choice)
