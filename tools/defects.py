"""Plants defects into rendered services and tells which of them no test of the contract notices.

`uv run poe defects` takes every defect of `tools/defects/*.toml`, one at a time: it copies a rendered
project, replaces one piece of its code, and runs the contract suite against the result. A defect
that the named tests miss is tried with the whole suite, or with the files of `--second-try`. Names
as arguments, or parts of them, choose some defects; `--list` only shows them.

A file describes the defects of one project: each has the section and the sentence of the contract
that it breaks, the file, the text to replace (it must occur exactly once), what comes in its place,
and the tests that should notice: files of the suite, or names in them (`test_items.py::TestX`).

Exit code 0 when all are noticed, 1 when some are not or keep the service from starting, 2 when a
project fails without any defect or a defect cannot be planted.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.databases import Databases
from tests.support.projects import ROOT, Project, install
from tests.support.render import combinations, name_of, render

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.contract.target import DatabaseTarget, Target

FOLDER = Path(__file__).parent / "defects"
SUITE = "tests/contract"
SUITE_SECONDS = 900
_FIRST_FAILURE = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)
# What a test prepares or cleans up may notice a defect, too.
_COUNT_OF_TESTS = re.compile(r"^.*\b\d+ (?:passed|failed)\b.* in [\d.]+s", re.MULTILINE)


@dataclass(frozen=True)
class Defect:
    """One fault that somebody could make, and the sentence of the contract that forbids it."""

    project: str  # "fastapi-postgres-local"
    name: str
    section: int
    sentence: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def plant(self, folder: Path) -> None:
        """Change the project in the folder; raise `ValueError` when that is not possible."""
        (folder / self.file).write_text(self.faulty(folder), encoding="utf-8")

    def faulty(self, folder: Path) -> str:
        """Return the file with the defect; raise `ValueError` unless the text occurs once."""
        path = folder / self.file
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        if (count := text.count(self.old)) != 1:
            message = f"{self.project}, {self.name}: {self.file} holds the text {count} times"
            raise ValueError(message)
        return text.replace(self.old, self.new)


def load_defects(folder: Path = FOLDER) -> list[Defect]:
    """Return all defects, in the order of the files; each file is named like its project."""
    return [
        Defect(project=path.stem, **{**entry, "tests": tuple(entry["tests"])})
        for path in sorted(folder.glob("*.toml"))
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["defect"]
    ]


@dataclass(frozen=True)
class Outcome:
    """What a run of tests said: the first test that failed, if any."""

    failed: str | None
    before_any_test: bool = False  # the service or its migrations did not even start
    output: str = ""


class Laboratory:
    """One rendered project, and healthy or faulty copies of it to run the suite against."""

    def __init__(self, name: str, folder: Path, databases: Databases) -> None:
        answers = {name_of(each): each for each in combinations()}
        self._folder = folder
        self._databases = databases
        self._kind = answers[name]["database"]
        self._project = install(name, render(folder / name, **answers[name]))
        self._copies = 0

    def check(self, defect: Defect) -> None:
        """Raise `ValueError` when the defect cannot be planted."""
        defect.faulty(self._project.directory)

    def run(self, tests: Sequence[str], defect: Defect | None = None) -> Outcome:
        """Run these tests of the suite against a copy with the defect."""
        self._copies += 1
        name = f"{self._project.name}-{self._copies}"
        copy = self._folder / name
        shutil.copytree(self._project.directory, copy, symlinks=True)
        try:
            if defect:
                defect.plant(copy)
            project = Project(self._project.name, copy, self._project.environment)
            return self._judge(project, self._databases.new(self._kind, name), tests)
        finally:
            shutil.rmtree(copy)

    def _judge(self, project: Project, database: DatabaseTarget, tests: Sequence[str]) -> Outcome:
        try:
            target = project.target(database)
        except AssertionError as error:
            return Outcome("build", before_any_test=True, output=str(error))
        description = project.directory.with_suffix(".json")
        description.write_text(_to_json(target), encoding="utf-8")
        arguments = ("-x", "-q", "-rfE", "-p", "no:cacheprovider", "--target", str(description))
        command = (sys.executable, "-m", "pytest", *arguments, *tests)
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=SUITE_SECONDS, check=False
        )
        if done.returncode == 0:
            return Outcome(None)
        first = _FIRST_FAILURE.search(done.stdout)
        if first is None:
            sys.exit(f"pytest did not run:\n{done.stdout}{done.stderr}")
        ran = _COUNT_OF_TESTS.search(done.stdout)
        return Outcome(first[1], before_any_test=ran is None, output=done.stdout)


def _to_json(target: Target) -> str:
    fields = asdict(target)
    return json.dumps({**fields, "directory": str(target.directory), "identity": None})


def try_all(
    defects: Sequence[Defect], folder: Path, databases: Databases, second_try: Sequence[str]
) -> Iterator[str]:
    """Try the defects of one project; yield a sentence for each that is not noticed."""
    laboratory = Laboratory(defects[0].project, folder, databases)
    for defect in defects:
        laboratory.check(defect)
    healthy = laboratory.run(together(defects))
    if healthy.failed:
        sys.stderr.write(healthy.output)
        message = f"{defects[0].project} fails without any defect: {healthy.failed}"
        raise ValueError(message)
    for defect in defects:
        started = time.monotonic()
        outcome = laboratory.run(_paths(defect.tests), defect)
        surprise = ""
        if outcome.failed is None:
            outcome = laboratory.run(second_try, defect)
            surprise = ", not by the tests that are named"
        seconds = time.monotonic() - started
        by = f"noticed by {outcome.failed}{surprise}" if outcome.failed else "NOT NOTICED"
        if outcome.before_any_test:
            sys.stderr.write(outcome.output)
            by = "THE SERVICE DOES NOT START"
        print(f"§{defect.section} {defect.name}: {by} ({seconds:.0f} s)", flush=True)
        if outcome.failed is None or outcome.before_any_test:
            yield f"§{defect.section} {defect.project}, {defect.name}: {defect.sentence}"


def together(defects: Sequence[Defect]) -> list[str]:
    """Return the tests of all defects, each once: a file stands for the names in it."""
    tests = {test for defect in defects for test in defect.tests}
    return _paths(sorted(test for test in tests if not tests & set(_around(test))))


def _around(test: str) -> Iterator[str]:
    """Give what a test is in: its class, its file."""
    while test := test.rpartition("::")[0]:
        yield test


def _paths(tests: Sequence[str]) -> list[str]:
    return [f"{SUITE}/{test}" for test in tests]


def chosen(defects: Sequence[Defect], words: Sequence[str]) -> list[Defect]:
    """Return the defects whose project or name holds one of the words; all without words."""
    return [
        defect
        for defect in defects
        if not words or any(word in f"{defect.project} {defect.name}" for word in words)
    ]


def main(words: Sequence[str] | None = None) -> None:
    """Try the chosen defects and name those that nothing noticed."""
    parser = argparse.ArgumentParser(prog="defects", description=__doc__.partition("\n")[0])
    parser.add_argument("words", nargs="*", help="parts of the names of projects or defects")
    parser.add_argument("--list", action="store_true", help="show the defects, try none")
    parser.add_argument(
        "--from",
        dest="folder",
        type=Path,
        default=FOLDER,
        metavar="FOLDER",
        help="where the files of defects are",
    )
    parser.add_argument(
        "--second-try",
        action="append",
        metavar="FILE",
        help="tests for what the named ones miss, instead of the whole suite (repeatable)",
    )
    arguments = parser.parse_args(words)
    second_try = _paths(arguments.second_try) if arguments.second_try else [SUITE]
    defects = chosen(load_defects(arguments.folder), arguments.words)
    if not defects:
        parser.error("there is no such defect; --list shows all")
    if arguments.list:
        for defect in defects:
            print(f"§{defect.section} {defect.project}, {defect.name}: {defect.sentence}")
        return

    missed: list[str] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="defects-")))
        folder.chmod(0o755)  # the account of a database server passes through
        databases = stack.enter_context(Databases(folder))
        try:
            for project in dict.fromkeys(defect.project for defect in defects):
                of_project = [defect for defect in defects if defect.project == project]
                missed += try_all(of_project, folder, databases, second_try)
        except ValueError as error:
            print(error, file=sys.stderr)
            sys.exit(2)
    print(f"\n{len(defects) - len(missed)} of {len(defects)} defects are noticed.")
    if missed:
        sys.exit("\n".join(["No test notices:", *missed]))


if __name__ == "__main__":
    main()
