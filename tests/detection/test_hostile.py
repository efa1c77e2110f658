"""Folders that nobody made for us: broken, endless, unreadable. Always a report, soon, from inside."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import stat
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from detection import Status, detect
from detection.readers import ALL_READERS, readers_of

from .generated import RULES
from .trees import DJANGO, EXPRESS, FASTAPI, answers, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from detection import Report

    Watcher = Callable[[str, object], None]
    Watch = Callable[[Watcher], None]

SECONDS = 3.0
"""Processor time that nothing here may take; everything takes less than a third of it."""
LENGTH = 20_000
"""Bytes of a content that is repeated: enough for what takes the square of its time to be seen."""

# One file for each reader, and one of each language.
FILES = [
    "pyproject.toml",
    "Pipfile",
    "setup.cfg",
    "setup.py",
    "environment.yml",
    "package.json",
    "pnpm-workspace.yaml",
    "lerna.json",
    "deno.json",
    "project.json",
    "composer.json",
    "Gemfile",
    "go.mod",
    "Cargo.toml",
    "pom.xml",
    "build.gradle",
    "libs.versions.toml",
    "pubspec.yaml",
    "Package.swift",
    ".env",
    ".env.example",
    "compose.yaml",
    "alembic.ini",
    "tox.ini",
    "schema.prisma",
    "ormconfig.json",
    ".pre-commit-config.yaml",
    "wrangler.toml",
    "wrangler.jsonc",
    "application.properties",
    "application.yml",
    "Makefile",
    "justfile",
    "Taskfile.yml",
    ".gitlab-ci.yml",
    "Dockerfile",
    "Procfile",
    "noxfile.py",
    "lefthook.yml",
    "vercel.json",
    "netlify.toml",
    "run.sh",
    ".github/workflows/ci.yml",
    ".github/actions/setup/action.yml",
    ".circleci/config.yml",
    ".husky/pre-commit",
    "bin/run",
    "config/default.json",
    "requirements.txt",
    "requirements/base.in",
    "app/main.py",
    "site/settings.py",
    "src/main.js",
    "src/app.ts",
    "src/app.tsx",
    "main.go",
    "Main.java",
    "Main.kt",
    "main.rs",
    "main.swift",
    "main.dart",
]


def filled(unit: str) -> bytes:
    """Return as many of a unit as the length has room for."""
    return (unit * (LENGTH // len(unit) + 1))[:LENGTH].encode()


def lines(form: str, count: int) -> bytes:
    return "\n".join(form.replace("%", str(number)) for number in range(count)).encode()


BOMB = "a0: &a0 [x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 100)
)
MERGES = "a0: &a0 {k: v}\n" + "".join(
    f"a{n}: &a{n}\n  <<: [{', '.join([f'*a{n - 1}'] * 9)}]\n  k{n}: v\n" for n in range(1, 100)
)
CONTENTS = {
    "empty": b"",
    "nothing but NUL": b"\0" * LENGTH,
    "no UTF-8": b"\xff" * LENGTH,
    "Latin-1": "é".encode("latin-1") * LENGTH,
    "half of UTF-16": b"\xff\xfe{",
    "line separators": filled("\u2028"),
    **{
        f"many {unit.strip() or unit!r}": filled(unit)
        for unit in (
            *("{", "[", "(", '"', "'", "`${", "\\", "/*", "//", "#", " ", "\t", "\n", ",", "- "),
            *("a", "a=", "a.", "a: ", "a<", "a(", "a b c ", "{a:", '{"a":', "[[", "<a>", "${A:-"),
            *('f"{', "lambda:", "async ", "import {", "const {", "require(", "function a(){"),
            *("sudo ", "npx ", "uv run ", "sh -c '", 'sh -c "a \\"', "docker exec a ", "a \\\n"),
            *('id("a', ".package( ", "-r requirements.txt\n", "a # via b\n    # c\n", "[a]\nb=c\n"),
            *("A=sqlite://\n", "A=a:.db ", "elif a:\n pass\n", "<!ENTITY a 'b'>"),
        )
    },
    "spaces after a word": b"gem" + filled(" "),
    "long key": b"a" + filled(".a") + b"=1",
    "long table": b"[a" + filled(".a") + b"]",
    "arrays in arrays": b"a=" + filled("[") + filled("]"),
    "objects in objects": filled('{"a":') + b"1" + filled("}"),
    "long number": b"a = " + filled("9"),
    "long JSON number": b'{"a":' + filled("9") + b"}",
    "signs": b"a = " + filled("-") + b"1",
    "sum": b"a = 1" + filled("+1"),
    "attributes": b"a" + filled(".a"),
    "calls": b"a" + filled("()"),
    "blocks in blocks": "\n".join(" " * n + "if a:" for n in range(95)).encode(),
    "list that doubles": b"INSTALLED_APPS = ['a']\n" + b"INSTALLED_APPS += INSTALLED_APPS\n" * 100,
    "text that doubles": b"A = 'x'\n" + b"A = f'{A}{A}'\n" * 500,
    "YAML aliases in aliases": BOMB.encode(),
    "YAML merges in merges": MERGES.encode(),
    "YAML that holds itself": b"services: &a {a: *a, image: *a, environment: *a}\njobs: *a\nrepos: [*a]\n",
    "YAML in YAML": "\n".join(" " * n + "a:" for n in range(150)).encode(),
    "regular expression": b"x = /" + filled("[(") + b"/",
    "many targets": lines("a% ", 4_000).replace(b"\n", b"") + b":\n" + b"\tpytest\n" * 400,
    "many sections": lines("[testenv:a%]\ncommands = pytest", 1_500),
    "many keys": b"{" + lines('"a%": {}, ', 3_000) + b'"b": 1}',
    "many tables": lines("[tool.a.a%]\nb = 1", 1_500),
    "many variables": lines("REDIS_%=\n", 4_000),
    "many assignments": lines("DATABASES = {'default': {'ENGINE': 'a%'}}", 600),
    "many calls": b"import express from 'express';\n" + b"express();\n" * 2_000,
}


@pytest.fixture(autouse=True)
def limit() -> Iterator[None]:
    """End a test that waits for something that never comes, as for the writer of a pipe."""

    def give_up(*_: object) -> None:
        # No OSError, which would be taken for a file that cannot be read.
        pytest.fail("waits for ever")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(30)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


class Timed:
    """A detection with what it took."""

    def __init__(self, folder: Path) -> None:
        before = time.process_time()
        self.report: Report = detect(folder)
        self.seconds = time.process_time() - before


def test_every_reader_has_a_file_here() -> None:
    assert {reader for path in FILES for reader in readers_of(path)} == ALL_READERS


@pytest.mark.parametrize("name", CONTENTS)
def test_any_content_of_any_file(name: str, tmp_path: Path) -> None:
    write(tmp_path, dict.fromkeys(FILES, CONTENTS[name]))
    found = Timed(tmp_path)
    # Nothing was caught: a reader that has to be caught leaves out the rest of its file.
    assert [each for each in found.report.limits if "not understood" in each] == []
    assert found.seconds < SECONDS


@pytest.mark.parametrize("base", [FASTAPI, EXPRESS, DJANGO], ids=["FastAPI", "Express", "Django"])
def test_broken_file_beside_an_application_changes_only_what_it_says(
    base: dict[str, str], tmp_path: Path
) -> None:
    others = {path: b'{"a": [1, \xff' for path in FILES if path not in base}
    del others["package.json" if base is not EXPRESS else "pyproject.toml"]
    found = answers(tmp_path, base, others)
    assert found["framework"] == answers(tmp_path / "plain", base)["framework"]


def test_broken_manifest_leaves_the_question_open(tmp_path: Path) -> None:
    found = answers(tmp_path, {"package.json": '{"dependencies": {"express"', "src/a.js": "a();"})
    assert found["framework"] == "unknown"


@pytest.mark.parametrize("folder", ["docs", "examples", "tests/fixtures", "node_modules/a"])
def test_code_that_is_nobody_s_application(folder: str, tmp_path: Path) -> None:
    found = answers(tmp_path, {f"{folder}/conf.py": "import flask\n", f"{folder}/a.js": "a();\n"})
    assert {found["framework"], found["database"], found["orm"]} == {None}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_byte_order_marks(encoding: str, tmp_path: Path) -> None:
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    manifest = mark + EXPRESS["package.json"].encode(encoding)
    code = mark + EXPRESS["src/server.js"].encode(encoding)
    found = answers(tmp_path, {"package.json": manifest, "src/server.js": code})
    assert found["framework"] == "express"


class TestFileSystem:
    """What is no ordinary file."""

    def test_manifest_of_a_hundred_megabytes(self, tmp_path: Path) -> None:
        write(tmp_path, FASTAPI)
        for name in ("package.json", "pyproject.toml", "compose.yaml", "app/big.py"):
            with (tmp_path / name).open("wb") as file:
                file.truncate(100_000_000)
        found = Timed(tmp_path)
        assert found.report.fields["framework"].value == "fastapi"
        assert "package.json has more than 1,000,000 bytes, not read" in found.report.limits
        assert found.seconds < SECONDS

    def test_folders_two_thousand_deep(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(tmp_path, FASTAPI)
        monkeypatch.chdir(tmp_path)
        for _ in range(2_000):
            os.mkdir("deep")  # noqa: PTH102
            os.chdir("deep")
        try:
            found = Timed(tmp_path)
        finally:
            # What removes folders one in the other gives up long before.
            for _ in range(2_000):
                os.chdir("..")
                os.rmdir("deep")  # noqa: PTH106
        assert found.report.fields["framework"].value == "fastapi"
        assert found.report.limits == ("folders below 25 others not looked at",)
        assert found.seconds < SECONDS

    def test_pipe_socket_and_folder_with_names_of_manifests(self, tmp_path: Path) -> None:
        write(tmp_path, FASTAPI)
        os.mkfifo(tmp_path / "package.json")
        os.mkfifo(tmp_path / "app" / "pipe.py")
        (tmp_path / "pyproject.toml").mkdir()
        (tmp_path / "Makefile").symlink_to("/dev/zero")
        (tmp_path / ".env").symlink_to("/dev/stdin")
        listening = socket.socket(socket.AF_UNIX)
        # The path of a socket has to be short.
        short = Path(tempfile.mkdtemp(prefix="detect-"))
        try:
            listening.bind(str(short / "socket"))
            (short / "socket").rename(tmp_path / "compose.yaml")
            found = Timed(tmp_path)
        finally:
            listening.close()
            shutil.rmtree(short)
        assert found.report.fields["framework"].value == "fastapi"
        assert found.report.fields["language"].value == "python"
        assert found.seconds < SECONDS

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
    def test_device_with_the_name_of_a_manifest(self, tmp_path: Path) -> None:
        write(tmp_path, FASTAPI)
        zero = os.makedev(1, 5)
        try:
            os.mknod(tmp_path / "package.json", 0o644 | stat.S_IFCHR, zero)
        except PermissionError:
            pytest.skip("not in this container")
        assert detect(tmp_path).fields["framework"].value == "fastapi"

    def test_names_that_are_no_text(self, tmp_path: Path) -> None:
        write(tmp_path, FASTAPI)
        root = os.fsencode(tmp_path)
        for name in (b"\xe9", b"\xff\xfe", b"new\nline", b"\x1b[31m"):
            folder = os.path.join(root, name)  # noqa: PTH118
            try:
                os.mkdir(folder)  # noqa: PTH102
            except OSError:
                continue
            with open(os.path.join(folder, b"package.json"), "wb") as file:  # noqa: PTH118, PTH123
                file.write(EXPRESS["package.json"].encode())
        text = json.dumps([each.value for each in detect(tmp_path).fields.values()])
        assert "fastapi" in text
        assert detect(tmp_path).fields["framework"].value == "fastapi"

    @pytest.mark.parametrize("root", ["no/such/folder", "file", "\0", "x" * 5_000, "loop"])
    def test_root_that_is_no_folder(self, root: str, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        (tmp_path / "loop").symlink_to("loop")
        assert detect(tmp_path / root).kind == "empty"

    def test_root_that_is_a_link(self, tmp_path: Path) -> None:
        write(tmp_path / "real", FASTAPI)
        (tmp_path / "link").symlink_to("real")
        assert detect(tmp_path / "link") == detect(tmp_path / "real")

    def test_files_and_folders_that_may_not_be_read(self) -> None:
        # Root reads everything: what it may not read, it has to look at as somebody else.
        folder = Path(tempfile.mkdtemp(prefix="detect-"))
        detect(write(folder, FASTAPI))
        try:
            write(
                folder, {"package.json": "{}", "secret/app.py": "x", "Makefile": "test:\n\tpytest"}
            )
            folder.chmod(0o755)
            (folder / "app").chmod(0o755)
            for name in ("package.json", "secret", "Makefile"):
                (folder / name).chmod(0)
            user = os.geteuid()
            if user == 0:
                os.seteuid(65534)
            try:
                report = detect(folder)
            finally:
                os.seteuid(user)
        finally:
            (folder / "secret").chmod(0o755)
            shutil.rmtree(folder)
        assert report.fields["framework"].value == "fastapi"
        expected = {
            "package.json cannot be read",
            "secret cannot be read",
            "Makefile cannot be read",
        }
        assert set(report.limits) == expected


_watchers: list[Watcher] = []


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if _watchers and event in {"open", "os.scandir", "os.listdir"} and arguments:
        for watcher in _watchers:
            watcher(event, arguments[0])


sys.addaudithook(_audit)


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Tell a function of every file that is opened and every folder that is listed."""
    yield _watchers.append
    _watchers.clear()


class TestLinks:
    """Nothing outside of the root is read."""

    def test_nothing_outside_is_opened(self, tmp_path: Path, watch: Watch) -> None:
        outside = write(tmp_path / "outside", EXPRESS | {".env": "DATABASE_URL=mysql://a\n"})
        root = write(tmp_path / "root", FASTAPI | {"sub/settings.py": "A = 1\n"})
        (root / "package.json").symlink_to(outside / "package.json")
        (root / "src").symlink_to(outside / "src")
        (root / ".env").symlink_to("../outside/.env")
        (root / "requirements").symlink_to("/")
        (root / "compose.yaml").symlink_to("/etc/passwd")
        (root / "sub" / "up").symlink_to("..")
        (root / "self.py").symlink_to("self.py")
        (root / "one.py").symlink_to("two.py")
        (root / "two.py").symlink_to("one.py")
        (root / "gone.py").symlink_to("nowhere.py")
        requirements = "fastapi\n-r ../outside/more.txt\n-r /etc/passwd\n-c ../outside/more.txt\n"
        write(root, {"requirements.txt": requirements})
        write(outside, {"more.txt": "psycopg\n"})
        workspace = '{"workspaces": ["../outside", "/"]}'
        write(root, {"deno.json": workspace, "Makefile": "include ../outside/.env\n"})
        detect(root)
        seen: list[str] = []
        watch(lambda _, path: seen.append(os.path.realpath(os.fsdecode(str(path)))))
        report = detect(root)
        _watchers.clear()
        assert seen
        assert [path for path in seen if not f"{path}/".startswith(f"{root}/")] == []
        assert report.fields["framework"].value == "fastapi"
        assert report.fields["database"].status is Status.NONE

    def test_link_inside_is_followed_once(self, tmp_path: Path) -> None:
        write(
            tmp_path,
            {"shared/requirements.txt": "fastapi\n", "app/main.py": FASTAPI["app/main.py"]},
        )
        (tmp_path / "requirements.txt").symlink_to("shared/requirements.txt")
        (tmp_path / "app" / "again").symlink_to("..")
        assert detect(tmp_path).fields["framework"].value == "fastapi"


@pytest.mark.parametrize("becomes", ["nothing", "folder", "link", "pipe", "other text"])
def test_files_that_change_while_it_looks(becomes: str, tmp_path: Path, watch: Watch) -> None:
    outside = write(tmp_path / "outside", {"file": "DATABASE_URL=mysql://a\n"})
    root = write(tmp_path / "root", FASTAPI | {path: "{}" for path in FILES if path not in FASTAPI})
    changed: list[str] = []

    def change(event: str, path: object) -> None:
        """Take the place of every file but one as soon as the first one is opened."""
        if event != "open" or changed:
            return
        changed.append(str(path))
        for name in (*FILES, *FASTAPI):
            target = root / name
            if str(target) == str(path):
                continue
            target.unlink(missing_ok=True)
            if becomes == "folder":
                target.mkdir()
            elif becomes == "link":
                target.symlink_to(outside / "file")
            elif becomes == "pipe":
                os.mkfifo(target)
            elif becomes == "other text":
                target.write_bytes(b"\xff{[")

    watch(change)
    found = Timed(root)
    assert changed
    assert found.report.fields["database"].value is None
    assert found.seconds < SECONDS


def test_folders_that_vanish_while_it_looks(tmp_path: Path, watch: Watch) -> None:
    root = write(tmp_path / "root", FASTAPI | {"other/package.json": "{}", "x/y/z.py": "a"})
    count: list[str] = []

    def change(event: str, path: object) -> None:
        if event == "os.scandir":
            count.append(event)
            if len(count) == 2:
                shutil.rmtree(root / "other")
                shutil.rmtree(root / "x")

    watch(change)
    report = detect(root)
    assert len(count) > 2
    assert report.fields["framework"].value == "fastapi"


def test_rules_name_no_file_outside() -> None:
    arguments = {
        rule.argument
        for subject in RULES.subjects.values()
        for rule in subject.rules
        if rule.kind in {"file", "lock"}
    }
    assert [each for each in arguments if each.startswith("/") or ".." in each.split("/")] == []
