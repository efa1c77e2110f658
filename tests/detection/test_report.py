"""The command: a table for people, JSON for programs, and nothing that is secret."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from .test_cases import CASES, load
from .trees import EXPRESS, FASTAPI, write

DETECTOR = Path(__file__).parent.parent.parent / "extensions" / "detection"
FIELDS = {
    *("language", "framework", "database", "orm", "migrations", "auth", "package_manager"),
    *(
        "test_runner",
        "linter",
        "formatter",
        "type_checker",
        "api_style",
        "cache",
        "queue",
        "cloud",
        "ci",
    ),
}
COMMANDS = {"install", "dev", "test", "lint", "format", "type_check", "migrate", "build"}
LISTS = {"auth", "linter", "formatter", "type_checker", "ci", "deployment", "ai"}


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, DETECTOR, *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("path", CASES[:4], ids=lambda path: path.stem)
def test_json_has_the_documented_form(path: Path, tmp_path: Path) -> None:
    result = run(write(tmp_path, load(path)[0]), "--json")
    assert (result.returncode, result.stderr) == (0, "")
    document = json.loads(result.stdout)
    assert document.keys() == {"kind", "fields"}
    assert document["kind"] == "application"
    assert document["fields"].keys() >= FIELDS | {f"command_{name}" for name in COMMANDS}
    for name, answer in document["fields"].items():
        assert answer.keys() == {"status", "value", "strength", "evidence", "alternatives"}
        assert answer["status"] in {"found", "none", "unknown", "conflict"}
        if answer["status"] == "found":
            assert isinstance(answer["value"], list if name in LISTS else str)
            assert answer["strength"] in {"declared", "configured", "depended", "used", "hinted"}
            assert answer["evidence"]
        else:
            assert answer["value"] is None
        for evidence in answer["evidence"]:
            assert evidence.keys() == {"file", "line", "signal", "what"}


def test_empty_folder_is_empty(tmp_path: Path) -> None:
    document = json.loads(run(tmp_path, "--json").stdout)
    assert document["kind"] == "empty"
    assert {answer["status"] for answer in document["fields"].values()} == {"none"}
    assert document["fields"].keys() >= FIELDS


def test_table_has_an_answer_and_its_place_in_a_line(tmp_path: Path) -> None:
    lines = run(write(tmp_path, FASTAPI)).stdout.splitlines()
    assert lines[0] == "application"
    framework = next(line for line in lines if line.startswith("framework"))
    assert framework.split() == [
        "framework",
        "FastAPI",
        "depended",
        "requirements.txt:1",
        "fastapi",
    ]


def test_missing_folder_is_refused(tmp_path: Path) -> None:
    result = run(tmp_path / "nowhere")
    assert (result.returncode, result.stdout) == (2, "")
    assert f"{tmp_path / 'nowhere'} is no folder" in result.stderr


def test_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert run(tmp_path / "file").returncode == 2


def test_values_of_the_environment_are_never_told(tmp_path: Path) -> None:
    secrets = {
        ".env": "DATABASE_URL=postgres://admin:hunter2@db.internal/app\nAPI_KEY=sk-hunter2\n",
        ".env.example": "MONGO_URL='mongodb://root:hunter2@db.internal/'\nDB_TYPE=hunter2\n",
        "docker-compose.yml": """\
            services:
              app:
                build: .
                environment:
                  REDIS_URL: redis://:hunter2@db.internal
                  POSTGRES_PASSWORD: hunter2
            """,
        "config/default.json": '{"db": {"url": "mysql://root:hunter2@db.internal/app"}}',
        "src/db.js": "mongoose.connect('mongodb://root:hunter2@db.internal/app');\n",
    }
    folder = write(tmp_path, EXPRESS | secrets)
    for arguments in ((folder,), (folder, "--json")):
        told = run(*arguments).stdout
        assert "conflict" in told
        assert "hunter2" not in told
        assert "db.internal" not in told


def test_what_was_not_looked_at_is_told(tmp_path: Path) -> None:
    folder = write(tmp_path, EXPRESS | {"Makefile": b"#" * 1_000_001})
    document = json.loads(run(folder, "--json").stdout)
    assert document["limits"] == ["Makefile has more than 1,000,000 bytes, not read"]
    assert "not looked at: Makefile has more" in run(folder).stdout


def test_name_that_no_terminal_can_show(tmp_path: Path) -> None:
    files = {"package.json": '{"dependencies": {"express": "5"}}', "src/\udce9.js": "x"}
    try:
        folder = write(tmp_path, EXPRESS | files)
    except (OSError, UnicodeEncodeError):
        pytest.skip("the file system refuses such names")
    assert run(folder).returncode == 0
