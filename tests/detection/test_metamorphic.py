"""What does not belong to the application changes no answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .test_cases import CASES, load
from .trees import answers

if TYPE_CHECKING:
    from pathlib import Path

README = """\
# About

Made with FastAPI, Django, Flask, Express, NestJS, Fastify, Koa, Hono and Next.js on PostgreSQL, MySQL,
MongoDB and SQLite, with Prisma, SQLAlchemy and TypeORM.

    pip install django flask fastapi psycopg2
    npm install express @nestjs/core mongoose
    DATABASE_URL=mysql://root:root@localhost/db pytest && npx jest && npx eslint .
"""
FRONT_END = {
    "package.json": """\
        {"name": "front-end", "private": true, "scripts": {"dev": "vite", "test": "vitest", "lint": "eslint ."},
         "dependencies": {"react": "19", "react-dom": "19", "react-native": "0.80"},
         "devDependencies": {"vite": "7", "vitest": "3", "eslint": "9", "prettier": "3", "typescript": "5"}}
        """,
    "yarn.lock": "",
    "eslint.config.js": "export default [];",
    "src/main.tsx": "import { createRoot } from 'react-dom/client';",
    "src/app.test.tsx": "import { test } from 'vitest';",
}
# Folders of a front end, of which none is one of any case.
FOLDERS = ("client", "web-app")
TEST_ONLY = {
    "python": {
        "tests/requirements.txt": "starlette\nflask\ndjango\nfastapi\npymongo\npsycopg2\nsqlmodel\nceleryd\n",
        "tests/apps/made_up.py": """\
            import django
            from fastapi import FastAPI
            from flask import Flask
            import sqlite3
            import jwt
            app = FastAPI()
            other = Flask(__name__)
            DATABASE_URL = "mysql://localhost/test"
            def login():
                return jwt.encode({}, "key")
            """,
    },
    "node": {
        "tests/apps/made-up.js": """\
            const express = require('express');
            const koa = require('koa');
            const mongoose = require('mongoose');
            const jwt = require('jsonwebtoken');
            const { Hono } = require('hono');
            const app = express();
            new koa(); new Hono();
            mongoose.connect('mongodb://localhost/test');
            function login() { return jwt.sign({}); }
            """,
        "tests/apps/more.js": "import './made-up.js';\n",
        "tests/apps/even-more.js": "import './made-up.js';\n",
        "test/fixtures/project/package.json": """\
            {"name": "fixture", "dependencies": {"@nestjs/core": "11", "typeorm": "0.3", "mysql2": "3"}}
            """,
    },
}


def added(kind: str, folder: str) -> dict[str, str | bytes]:
    """Return the files that must not change an answer, below a folder of the case."""
    inside = f"{folder}/" if folder != "." else ""
    if kind == "readme":
        return {"README.md": README, f"{inside}docs/index.md": README}
    if kind == "front end":
        return {f"{name}/{path}": text for name in FOLDERS for path, text in FRONT_END.items()}
    return {f"{inside}{path}": text for files in TEST_ONLY.values() for path, text in files.items()}


@pytest.mark.parametrize("kind", ["readme", "front end", "test only"])
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_no_answer_changes(path: Path, kind: str, tmp_path: Path) -> None:
    files, expected = load(path)
    before = answers(tmp_path / "before", files)
    after = answers(tmp_path / "after", files, added(kind, expected.get("folder", ".")))
    assert after == before


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_development_dependency_of_another_stack_changes_nothing(
    path: Path, tmp_path: Path
) -> None:
    files, _ = load(path)
    more: dict[str, str | bytes] = dict(files)
    for name, text in files.items():
        assert isinstance(text, str)
        if name.endswith("package.json") and '"devDependencies": {' in text:
            others = '"devDependencies": {"koa": "3", "mongodb": "6", "sequelize": "6", "next-auth": "4", '
            more[name] = text.replace('"devDependencies": {', others)
        elif name.endswith("pyproject.toml") and "[dependency-groups]" in text:
            more[name] = text.replace("dev = [", 'dev = ["flask", "django", "pymongo", "peewee", ')
    before = answers(tmp_path / "before", files)
    assert answers(tmp_path / "after", more) == before
