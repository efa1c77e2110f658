"""What holds for every folder, whatever is in it: made up by Hypothesis from pieces of real files."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from detection import Status, detect
from detection.fields import MANY
from detection.report import as_json, as_table
from detection.rules import load_labels
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .generated import RULES, project_nearly_with, tree_with
from .test_cases import CASES, load
from .test_hostile import FILES
from .trees import write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detection import Answer, Report

EXAMPLES = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
# Real files: those of the cases, and those that have and nearly have the signals.
PIECES: list[tuple[str, str]] = sorted(
    {
        (path, text)
        for case in CASES
        for path, text in load(case)[0].items()
        if isinstance(text, str)
    }
    | {
        item
        for subject in RULES.subjects.values()
        for rule in subject.rules[:3]
        if rule.field != "client"
        for tree in (tree_with(rule), project_nearly_with(rule).tree())
        for item in tree.items()
    }
)
FOLDERS = ("", "", "", "backend/", "packages/db/", "tests/", "apps/api/", "deploy/", "a b/é/")
# What replaces, precedes or follows a place in a file.
NOISE = st.sampled_from(
    ["", "\0", "{", "}", "[", '"', "'", "\n", "#", "\\", "\udce9", "=", ": ", "é"]
)
COMMANDS = frozenset(
    f"command_{name}"
    for name in ("install", "dev", "test", "lint", "format", "type_check", "migrate", "build")
)


@st.composite
def contents(draw: st.DrawFn, text: str) -> bytes:
    """Return a text as it is, cut off, or with noise in it."""
    if draw(st.integers(0, 2)) == 0:
        start, end = draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))
        text = f"{text[:start]}{draw(NOISE)}{text[end:]}"
    return text.encode(errors="surrogateescape")


@st.composite
def trees(draw: st.DrawFn) -> dict[str, bytes]:
    """Return a tree of real files, some in other folders, some spoiled, some below other names."""
    files = {}
    for path, text in draw(st.lists(st.sampled_from(PIECES), max_size=12)):
        name = path if draw(st.integers(0, 5)) else draw(st.sampled_from(FILES))
        files[f"{draw(st.sampled_from(FOLDERS))}{name}"] = draw(contents(text))
    # No file where a folder is.
    return {
        path: content
        for path, content in files.items()
        if not any(other.startswith(f"{path}/") for other in files)
    }


@contextlib.contextmanager
def folder_of(files: dict[str, bytes]) -> Iterator[Path]:
    """Yield a folder with the files."""
    folder = Path(tempfile.mkdtemp(prefix="detect-"))
    try:
        yield write(folder, files)
    finally:
        shutil.rmtree(folder)


def listing(folder: Path) -> list[tuple[str, int, int, bytes]]:
    """Return every file with its time of change, mode and content."""
    found = []
    for path in sorted(folder.rglob("*")):
        status = path.stat()
        content = path.read_bytes() if path.is_file() else b""
        found.append((str(path), status.st_mtime_ns, status.st_mode, content))
    return found


def values(answer: Answer) -> list[str]:
    given_values = answer.value if isinstance(answer.value, tuple) else (answer.value,)
    return [str(value) for value in given_values if value is not None]


def check_values(report: Report) -> None:
    """Every value is one that the registry knows for the field, and fits the status."""
    known: dict[str, set[str]] = {}
    for subject in RULES.subjects.values():
        for rule in subject.rules:
            known.setdefault(rule.field, set()).add(subject.id)
    for name, answer in report.fields.items():
        assert (answer.value is not None) == (answer.status is Status.FOUND), name
        assert answer.value is None or isinstance(answer.value, tuple if name in MANY else str)
        if answer.status is Status.CONFLICT:
            assert len({each.value for each in answer.alternatives}) > 1, name
        if name not in COMMANDS | {"folder"}:
            claimed = {*values(answer), *(each.value for each in answer.alternatives)}
            assert claimed <= known[name], name


def check_evidence(report: Report, folder: Path) -> None:
    """Every claim has evidence, in a file and a line that exist."""
    for name, answer in report.fields.items():
        if answer.status in {Status.FOUND, Status.CONFLICT}:
            assert answer.evidence, name
        listed = [*answer.evidence, *(each for one in answer.alternatives for each in one.evidence)]
        for evidence in listed:
            if evidence.file == ".":
                continue
            content = (folder / evidence.file).read_bytes()
            utf16 = content[:2] in {b"\xff\xfe", b"\xfe\xff"}
            text = content.decode("utf-16" if utf16 else "utf-8", errors="replace")
            assert 1 <= evidence.line <= text.count("\n") + 1, (name, evidence)


@EXAMPLES
@given(files=trees())
def test_any_tree_has_a_report_that_can_be_believed(files: dict[str, bytes]) -> None:
    with folder_of(files) as folder:
        before = listing(folder)
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            report = detect(folder)
            again = detect(folder)
        assert report == again
        assert as_json(report) == as_json(again)
        assert said.getvalue() == ""
        assert listing(folder) == before
        check_values(report)
        check_evidence(report, folder)
        as_table(report, load_labels())
        assert [each for each in report.limits if "not understood" in each] == []


# Letters that are in no name of anything.
SECRETS = st.text(alphabet="qxzjQXZJ0123456789", min_size=12, max_size=40).map(
    lambda text: f"qx{text}"
)
FORMS = st.sampled_from(
    [
        "{name}={secret}",
        "{name}='{secret}'",
        'export {name}="{secret}"',
        "{name}=postgres://user:{secret}@host/db",
        "{name}=postgres://{secret}",
        "{name}=mysql+pymysql://{secret}:{secret}@{secret}/{secret}",
        "{name}=jdbc:mariadb://host/db?password={secret}",
        "{name}=redis://:{secret}@host",
        "{name}={secret}://host",
        "{name}=sqlite+{secret}:///app.db",
        "{name}=file:{secret}.db",
        "{name}={secret}:x.db",
        "{name}={secret} # {secret}",
        "# {name}={secret}",
        "{name}={secret}\\\n{secret}",
        "{name}:{secret}",
        "{name} {secret}",
    ]
)
VARIABLES = st.sampled_from(
    [
        "DATABASE_URL",
        "REDIS_URL",
        "DB_TYPE",
        "DB_CONNECTION",
        "CLERK_SECRET_KEY",
        "AUTH0_DOMAIN",
        "POSTGRES_PASSWORD",
        "AUTH_SECRET",
        "MONGO_URL",
        "BROKER_URL",
        "DB_DRIVER",
        "KAFKA_KEY",
        "A",
        "spring.datasource.url",
        "UPSTASH_TOKEN",
    ]
)
PLACES = st.sampled_from(
    [
        ".env",
        ".env.example",
        ".env.test",
        ".envrc",
        "backend/.env",
        "production.env",
        "application.properties",
        "config/settings.env",
        ".env.local",
    ]
)


@EXAMPLES
@given(
    lines=st.lists(st.tuples(PLACES, VARIABLES, FORMS, SECRETS), min_size=1, max_size=12),
    base=st.sampled_from(CASES),
)
def test_no_value_of_the_environment_is_in_the_report(
    lines: list[tuple[str, str, str, str]], base: Path
) -> None:
    files: dict[str, bytes] = {path: str(text).encode() for path, text in load(base)[0].items()}
    for place, name, form, secret in lines:
        line = form.format(name=name, secret=secret)
        files[place] = files.get(place, b"") + f"{line}\n".encode()
    services = "".join(
        f"      {name}: 'postgres://a:{secret}@b/c'\n" for _, name, _, secret in lines
    )
    files["docker-compose.override.yml"] = (
        f"services:\n  app:\n    build: .\n    environment:\n{services}".encode()
    )
    with folder_of(files) as folder:
        report = detect(folder)
        told = f"{as_json(report)}{as_table(report, load_labels())}{report}"
    for _, _, _, secret in lines:
        assert secret not in told
        assert secret.lower() not in told.lower()


@EXAMPLES
@given(data=st.data(), case=st.sampled_from(CASES))
def test_order_of_files_in_the_folder_does_not_matter(data: st.DataObject, case: Path) -> None:
    files = {path: str(text).encode() for path, text in load(case)[0].items()}
    order = data.draw(st.permutations(sorted(files)))
    with folder_of(files) as folder, folder_of({path: files[path] for path in order}) as other:
        assert detect(folder) == detect(other)


@pytest.mark.parametrize("case", CASES[:5], ids=lambda case: case.stem)
def test_folder_around_the_project_is_no_part_of_it(case: Path, tmp_path: Path) -> None:
    """The same project answers the same wherever it stands, and from whichever folder one looks."""
    files = load(case)[0]
    here = detect(write(tmp_path / "tests" / "examples" / "node_modules" / "x", files))
    before = Path.cwd()
    try:
        os.chdir(write(tmp_path / "plain", files))
        assert detect(Path()) == here
    finally:
        os.chdir(before)
