"""What `--trust` trusts: an extension that reads, and nothing else.

The audit events of the interpreter (PEP 578) show every file that is opened, every program that is
started and every connection; Copier itself is told apart by the call stack.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.render import ROOT, committed_copy

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
        if "/extensions/stack.py" in name or "/extensions/copier_backend/" in name:
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
copier.run_copy(sys.argv[2], sys.argv[3], defaults=True, unsafe=True, vcs_ref="HEAD", quiet=True)
with open(OUTPUT, "w") as file:
    json.dump(EVENTS, file)
"""


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    folder = tmp_path_factory.mktemp("watched")
    arguments = (folder / "events.json", committed_copy(), folder / "orders")
    subprocess.run(
        [sys.executable, "-B", "-c", WATCHED, *map(str, arguments)],
        cwd=folder, check=True, timeout=120,
    )  # fmt: skip
    found: list[list[str]] = json.loads((folder / "events.json").read_text())
    return found


def test_extension_only_reads(events: list[list[str]]) -> None:
    assert [event for event in events if event[0] != "read"] == []


def test_extension_reads_only_the_template_and_the_destination(events: list[list[str]]) -> None:
    read = {path for kind, path in events if kind == "read"}
    assert read, "the hook saw nothing: the test cannot fail"
    allowed = ("/extensions/", "/technologies/", "/template/", "/orders/")
    libraries = (sys.prefix, sys.base_prefix)
    strangers = {
        path
        for path in read
        if not any(part in path for part in allowed) and not path.startswith(libraries)
    }
    assert strangers == set()


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
