"""Each kind of signal: a tree of a few lines that has it, and one that nearly has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from detection.rules import KINDS

from .trees import DJANGO, EXPRESS, FASTAPI, FLASK, answers, report

if TYPE_CHECKING:
    from pathlib import Path

# Kind: the base, what is added, the field, its answer, and what is added instead for no answer.
SIGNALS = {
    "dependency": (
        FASTAPI,
        {"requirements.txt": "fastapi\nbeanie~=2.0\n"},
        ("orm", "beanie"),
        {"requirements.txt": "fastapi\nbeanie-extras~=2.0  # beanie\n"},
    ),
    "lock": (
        EXPRESS,
        {"pnpm-lock.yaml": ""},
        ("package_manager", "pnpm"),
        {"pnpm-lock.yaml.orig": ""},
    ),
    "file": (
        FASTAPI,
        {"migrations/alembic.ini": ""},
        ("migrations", "alembic"),
        {"docs/alembic.ini": ""},
    ),
    "table": (
        FASTAPI,
        {"pyproject.toml": "[tool.mypy]\nstrict = true\n"},
        ("type_checker", ["mypy"]),
        {"pyproject.toml": "[tool.other]\nmypy = true\n"},
    ),
    "property": (
        EXPRESS,
        {"prisma/schema.prisma": 'datasource db {\n  provider = "mysql"\n}\n'},
        ("database", "mysql"),
        {"prisma/schema.prisma": 'generator db {\n  provider = "mysql"\n}\n'},
    ),
    "url": (
        FASTAPI,
        {".env.example": "DATABASE_URL=postgresql+asyncpg://me:secret@host/db\n"},
        ("database", "postgres"),
        {".env.example": "# DATABASE_URL=postgresql+asyncpg://me:secret@host/db\n"},
    ),
    "image": (
        EXPRESS,
        {"compose.yaml": "services:\n  db:\n    image: docker.io/library/mongo:8@sha256:0\n"},
        ("database", "mongodb"),
        {"compose.yaml": "services:\n  db:\n    image: percona/mongodb_exporter:8\n"},
    ),
    "setting": (
        DJANGO,
        {
            "site/settings.py": """\
                ROOT_URLCONF = "site.urls"
                DATABASES = {"default": {"ENGINE": "django.db.backends.mysql"}}
                """
        },
        ("database", "mysql"),
        {
            "site/settings.py": """\
                ROOT_URLCONF = "site.urls"
                LOGGING = {"default": {"HANDLER": "django.db.backends.mysql"}}
                """
        },
    ),
    "option": (
        EXPRESS,
        {
            "src/data-source.ts": """\
                import { DataSource } from "typeorm";
                export default new DataSource({ type: "mariadb", host: process.env.HOST });
                """
        },
        ("database", "mariadb"),
        {
            "src/form.ts": """\
                import { Field } from "forms";
                export default new Field({ type: "mariadb", host: process.env.HOST });
                """
        },
    ),
    "import": (
        FLASK,
        {"app/db.py": "import sqlite3\n"},
        ("database", "sqlite"),
        {"app/db.py": '"""Uses no import sqlite3 at all."""\nimport app.sqlite3\n'},
    ),
    "call": (
        FASTAPI,
        {"app/db.py": "from motor import motor_asyncio as m\nc = m.AsyncIOMotorClient()\n"},
        ("database", "mongodb"),
        {"app/db.py": "from ours import motor_asyncio as m\nc = m.AsyncIOMotorClient()\n"},
    ),
    "login": (
        FASTAPI,
        {"app/auth.py": "import jwt\n\ndef access_token(user):\n    return jwt.encode({})\n"},
        ("auth", ["jwt-self-issued"]),
        {"app/mail.py": "import jwt\n\ndef unsubscribe_token(user):\n    return jwt.encode({})\n"},
    ),
    "command": (
        EXPRESS,
        {"Makefile": "check:\n\tcd . && FORCE=1 npx oxlint --fix src\n"},
        ("linter", ["oxlint"]),
        {"Makefile": "check:\n\techo 'try oxlint' # oxlint\n"},
    ),
    "hook": (
        FASTAPI,
        {".pre-commit-config.yaml": "repos:\n- repo: a\n  hooks:\n  - id: flake8\n"},
        ("linter", ["flake8"]),
        {".pre-commit-config.yaml": "repos:\n- repo: flake8\n  hooks:\n  - id: other\n"},
    ),
    "source": (
        EXPRESS,
        {"src/a.ts": "", "src/b.ts": "", "src/c.ts": ""},
        ("language", "typescript"),
        None,
    ),
}


def test_every_kind_of_signal_is_here() -> None:
    assert {*SIGNALS, "variable"} == set(KINDS)


@pytest.mark.parametrize("kind", SIGNALS)
def test_signal_is_found(kind: str, tmp_path: Path) -> None:
    base, added, (field, value), _ = SIGNALS[kind]
    found = report(tmp_path, base, added).fields[field]
    assert (list(found.value) if isinstance(found.value, tuple) else found.value) == value
    assert kind in {evidence.signal for evidence in found.evidence}


@pytest.mark.parametrize("kind", [kind for kind, case in SIGNALS.items() if case[3]])
def test_what_is_nearly_the_signal_is_not_found(kind: str, tmp_path: Path) -> None:
    base, _, (field, value), instead = SIGNALS[kind]
    assert instead is not None
    assert answers(tmp_path, base, instead)[field] not in (value, "conflict")


def test_language_of_more_source_files_wins(tmp_path: Path) -> None:
    assert answers(tmp_path, EXPRESS, {"src/a.ts": ""})["language"] == "javascript"


def test_variable_alone_is_a_hint_and_no_answer(tmp_path: Path) -> None:
    files = {".env.example": "CLERK_SECRET_KEY=\n"}
    found = report(tmp_path, EXPRESS, files).fields["auth"]
    assert found.status == "unknown"
    assert [each.value for each in found.alternatives] == ["clerk"]


def test_evidence_has_file_and_line(tmp_path: Path) -> None:
    manifest = '{\n  "name": "api",\n  "dependencies": {\n    "express": "^5"\n  }\n}\n'
    evidence = report(tmp_path, EXPRESS, {"package.json": manifest}).fields["framework"].evidence
    assert [(each.file, each.line, each.what) for each in evidence] == [
        ("package.json", 4, "express ^5"),
        ("src/server.js", 2, "express#default(…)"),
    ]
