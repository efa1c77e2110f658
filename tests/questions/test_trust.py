"""What `--trust` trusts: an extension that reads, and nothing else.

The audit events of the interpreter (PEP 578) show every file that is opened, every program that is
started and every connection; Copier itself is told apart by the call stack.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.detection.trees import EXPRESS, write
from tests.support.render import ROOT, committed_copy, render

WATCHED = r"""
import json, os, sys
OUTPUT = sys.argv[1]
EVENTS = []
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
NEVER = ("subprocess.", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "os.fork",
         "socket.", "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.chmod", "os.chown",
         "os.link", "os.symlink", "os.truncate", "os.utime", "os.putenv", "shutil.", "ctypes.")

def from_the_extension():
    frame = sys._getframe(2)
    while frame is not None:
        name = frame.f_code.co_filename
        if "/extensions/" in name and name.startswith((sys.argv[2], "/")) and any(
            part in name for part in ("/stack.py", "/copier_backend/", "/detection/")
        ):
            return True
        frame = frame.f_back
    return False

def hook(event, arguments):
    if event == "open":
        path, mode, flags = arguments
        if from_the_extension():
            writes = bool((flags or 0) & WRITING)
            EVENTS.append(["write" if writes else "read", str(path)])
    elif event.startswith(NEVER) and from_the_extension():
        EVENTS.append([event, str(arguments)])

sys.addaudithook(hook)
import copier
options = dict(defaults=True, unsafe=True, vcs_ref="HEAD", overwrite=True)
if sys.argv[4] == "update":
    copier.run_update(sys.argv[3], **options)
else:
    copier.run_copy(sys.argv[2], sys.argv[3], data={"scope": sys.argv[4]}, **options)
with open(OUTPUT, "w") as file:
    json.dump(EVENTS, file)
"""


Event = list[str]


def watch(template: Path, project: Path, what: str) -> list[Event]:
    """Return what the extension did while this was rendered, or while a project was updated."""
    output = project.parent / f"{what}.json"
    arguments = (output, template, project, what)
    subprocess.run(
        [sys.executable, "-B", "-c", WATCHED, *map(str, arguments)],
        cwd=project.parent, check=True, timeout=120, capture_output=True,
    )  # fmt: skip
    found: list[Event] = json.loads(output.read_text())
    return found


@pytest.fixture(scope="module", params=["service", "agent_kit"])
def events(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    project = tmp_path_factory.mktemp("watched") / "orders"
    old = project if request.param == "agent_kit" else project / "old"
    write(old, EXPRESS)
    (old / "elsewhere").symlink_to("/etc")
    write(project.parent, {"outside.md": "x"})
    (old / "CLAUDE.md").symlink_to(project.parent / "outside.md")
    return watch(committed_copy(), project, request.param)


def test_extension_only_reads(events: list[Event]) -> None:
    assert [event for event in events if event[0] != "read"] == []


def test_extension_reads_only_the_template_and_the_destination(events: list[Event]) -> None:
    read = {path for kind, path in events if kind == "read"}
    assert any("/orders/" in path for path in read), "it looked at nothing: the test cannot fail"
    assert strangers(read) == set()


def strangers(read: set[str]) -> set[str]:
    """Return what is neither the template nor the destination nor a library of Python."""
    parts = r".*/copier\._vcs\.clone\.[^/]+/(extensions|technologies|template|questions)/"
    libraries = (sys.prefix, sys.base_prefix)
    return {
        path
        for path in (str(Path(each).resolve()) for each in read)
        if "/orders/" not in path and not path.startswith(libraries) and not re.match(parts, path)
    }


def test_update_does_not_look_at_the_project(tmp_path: Path) -> None:
    """Of an existing project only the answers are read, and what the user may have of his own."""
    template = shutil.copytree(committed_copy(), tmp_path / "template")
    project = write(tmp_path / "orders", EXPRESS)
    render(project, scope="agent_kit")
    answers = project / ".copier-answers.yml"
    text = answers.read_text().replace(str(committed_copy()), str(template))
    answers.write_text(text)
    for command in ("init", "add --all", "-c user.name=x -c user.email=x commit -qm x"):
        subprocess.run(["git", *command.split()], cwd=project, check=True, capture_output=True)
    read = {path for kind, path in watch(template, project, "update") if kind == "read"}
    assert any(path.endswith("/.copier-answers.yml") for path in read)
    looked_at = {path for path in read if path.startswith(str(project))}
    assert looked_at <= {str(answers)}
    assert not any("/extensions/detection/" in path for path in read)


def settings() -> dict[str, Any]:
    documents = (ROOT / "copier.yml").read_text(encoding="utf-8").partition("---")[0]
    found: dict[str, Any] = yaml.safe_load(documents)
    return found


@pytest.mark.parametrize("setting", ["_tasks", "_migrations", "_preserve_symlinks"])
def test_no_task_and_no_hook_is_configured(setting: str) -> None:
    assert setting not in settings()


def test_extension_is_the_only_one() -> None:
    assert settings()["_jinja_extensions"] == [
        "copier_template_extensions.TemplateExtensionLoader",
        "extensions/stack.py:StackExtension",
    ]


def test_folder_names_are_fine_on_windows() -> None:
    for path in (ROOT / "template").rglob("*"):
        assert not set('"|:<>?*\\') & set(path.name), path
        assert Path(path.name).name == path.name
