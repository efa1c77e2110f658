"""Where detectors go wrong: each test is a project that fools the ones that read only names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .trees import DJANGO, EXPRESS, FASTAPI, FLASK, answers, report

if TYPE_CHECKING:
    from pathlib import Path


WORKSPACE = {
    "package.json": """\
        {"private": true, "workspaces": ["apps/*", "packages/*", "tooling/*"],
         "packageManager": "pnpm@10.0.0", "devDependencies": {"prettier": "3"}}
        """,
    "apps/api/package.json": """\
        {"name": "@acme/api", "private": true,
         "dependencies": {"hono": "4", "@acme/db": "workspace:*"},
         "devDependencies": {"@acme/eslint-config": "workspace:*"}}
        """,
    "apps/api/src/index.ts": "import { Hono } from 'hono';\nexport default new Hono();\n",
    "packages/db/package.json": """\
        {"name": "@acme/db", "private": true, "dependencies": {"drizzle-orm": "1", "pg": "8"}}
        """,
    "packages/db/drizzle.config.ts": "export default { dialect: 'postgresql' };\n",
    "packages/other/package.json": """\
        {"name": "@acme/other", "private": true, "dependencies": {"mongoose": "8"}}
        """,
    "tooling/eslint/package.json": """\
        {"name": "@acme/eslint-config", "private": true, "dependencies": {"eslint": "9"}}
        """,
}
BACKEND = {f"backend/{path}": text for path, text in FASTAPI.items()}
SERVICE = {f"services/api/{path}": text for path, text in FASTAPI.items()}


class TestLibrary:
    """A library is not an application of what it extends."""

    def test_framework_of_tests_only(self, tmp_path: Path) -> None:
        files = {
            "pyproject.toml": """\
                [project]
                name = "checks-for-apis"
                dependencies = ["httpx"]
                [project.optional-dependencies]
                tests = ["fastapi", "flask"]
                [build-system]
                build-backend = "hatchling.build"
                """,
            "src/checks/core.py": "import httpx\n",
            "tests/apps/app.py": "from fastapi import FastAPI\napp = FastAPI()\n",
        }
        found = report(tmp_path, files)
        assert (found.kind, found.fields["framework"].status) == ("library", "none")

    def test_plugin_that_depends_on_its_framework(self, tmp_path: Path) -> None:
        files = {
            "setup.py": """\
                from setuptools import setup
                setup(
                    name="django-extra",
                    install_requires=["django>=4.2"],
                    classifiers=["Framework :: Django"],
                )
                """,
            "extra/apps.py": "from django.apps import AppConfig\n\nclass Extra(AppConfig): ...\n",
            "tests/settings.py": "INSTALLED_APPS = ['extra']\nROOT_URLCONF = 'tests.urls'\n",
            "example/manage.py": "from django.core.management import execute_from_command_line\n",
        }
        found = answers(tmp_path, files)
        assert found["framework"] is None
        assert found["database"] is None

    def test_factory_in_a_plugin(self, tmp_path: Path) -> None:
        files = {
            "pyproject.toml": """\
                [project]
                name = "flask-more"
                dependencies = ["flask"]
                classifiers = ["Framework :: Flask"]
                [build-system]
                build-backend = "flit_core.buildapi"
                """,
            "src/flask_more/app.py": "import flask\n\ndef make():\n    return flask.Flask(__name__)\n",
        }
        assert answers(tmp_path, files)["framework"] is None

    def test_library_whose_examples_import_it(self, tmp_path: Path) -> None:
        files = {
            "pyproject.toml": """\
                [project]
                name = "pages"
                dependencies = ["fastapi", "uvicorn"]
                [build-system]
                build-backend = "hatchling.build"
                """,
            "pages/app.py": "from fastapi import FastAPI\n\nclass App(FastAPI):\n    x = 1\n",
            "examples/hello.py": "from pages import App\n\napp = App()\n",
        }
        assert answers(tmp_path, files)["framework"] is None

    def test_middleware_with_a_peer_dependency(self, tmp_path: Path) -> None:
        files = {
            "package.json": """\
                {"name": "express-more", "main": "index.js", "files": ["index.js"],
                 "peerDependencies": {"express": ">=4"}, "devDependencies": {"express": "5"}}
                """,
            "index.js": "const express = require('express');\nmodule.exports = express();\n",
        }
        found = report(tmp_path, files)
        assert (found.kind, found.fields["framework"].status) == ("library", "none")

    def test_site_beside_published_packages(self, tmp_path: Path) -> None:
        files = {
            "package.json": '{"private": true, "workspaces": ["packages/*", "site"]}',
            "packages/core/package.json": '{"name": "core", "exports": "./index.js"}',
            "packages/core/index.js": "",
            "site/package.json": '{"private": true, "dependencies": {"next": "15"}}',
            "site/next.config.js": "",
        }
        found = report(tmp_path, files)
        assert (found.kind, found.fields["framework"].status) == ("library", "none")

    def test_published_application_is_one(self, tmp_path: Path) -> None:
        files = {
            "pyproject.toml": """\
                [project]
                name = "tracker"
                dependencies = ["flask"]
                classifiers = ["Framework :: Flask"]
                [build-system]
                build-backend = "hatchling.build"
                """,
            "tracker/app.py": "from flask import Flask\napp = Flask(__name__)\n",
            "wsgi.py": "from tracker.app import app\n",
        }
        found = report(tmp_path, files)
        assert (found.kind, found.fields["framework"].value) == ("application", "flask")


class TestDatabase:
    """A driver is not the database."""

    def test_driver_of_development_beside_another_service(self, tmp_path: Path) -> None:
        files = {
            "pyproject.toml": """\
                [project]
                name = "api"
                dependencies = ["fastapi", "sqlalchemy", "aiomysql"]
                [dependency-groups]
                dev = ["psycopg2-binary"]
                """,
            "docker-compose.yml": "services:\n  db:\n    image: mysql:8\n",
        }
        assert answers(tmp_path, FASTAPI, files)["database"] == "mysql"

    def test_configured_default_beside_an_optional_driver(self, tmp_path: Path) -> None:
        files = {
            "pyproject.toml": """\
                [project]
                name = "api"
                dependencies = ["flask", "sqlalchemy"]
                [project.optional-dependencies]
                postgres = ["psycopg[binary]"]
                """,
            "config.py": """\
                import os
                SQLALCHEMY_DATABASE_URI = os.environ.get("DATABASE_URL") or "sqlite:///app.db"
                """,
        }
        assert answers(tmp_path, FLASK, files)["database"] == "sqlite"

    def test_drivers_of_a_monitoring_tool(self, tmp_path: Path) -> None:
        files = {
            "package.json": """\
                {"name": "watch", "dependencies": {"express": "4", "knex": "3", "pg": "8",
                 "mysql2": "3", "mongodb": "6", "sqlite3": "5"}}
                """,
            "knexfile.js": "module.exports = { client: 'sqlite3', connection: {} };\n",
            "src/monitors/postgres.js": "const { Client } = require('pg');\nnew Client({});\n",
        }
        assert answers(tmp_path, EXPRESS, files)["database"] == "sqlite"

    def test_supabase_without_a_driver(self, tmp_path: Path) -> None:
        files = {
            "package.json": """\
                {"name": "api", "dependencies": {"express": "5", "@supabase/supabase-js": "2"}}
                """,
        }
        assert answers(tmp_path, EXPRESS, files)["database"] == "postgres"

    def test_only_an_import_of_the_standard_library(self, tmp_path: Path) -> None:
        files = {"app/db.py": "import sqlite3\n\ndef get_db():\n    return sqlite3.connect('a')\n"}
        assert answers(tmp_path, FLASK, files)["database"] == "sqlite"

    def test_file_of_json_is_no_database(self, tmp_path: Path) -> None:
        files = {"app/contacts.py": "import json\n\nCONTACTS = json.load(open('contacts.json'))\n"}
        assert answers(tmp_path, FLASK, files)["database"] is None

    def test_prefixes_of_other_databases_in_settings(self, tmp_path: Path) -> None:
        files = {
            "requirements.txt": "fastapi\nsqlalchemy\nasyncpg\n",
            "app/config.py": """\
                class MySQL(Settings):
                    MYSQL_SYNC_PREFIX: str = "mysql://"
                class SQLite(Settings):
                    SQLITE_SYNC_PREFIX: str = "sqlite:///"
                """,
            "docker-compose.yml": "services:\n  db:\n    image: postgres:13\n",
        }
        assert answers(tmp_path, FASTAPI, files)["database"] == "postgres"

    def test_last_assignment_of_django_wins(self, tmp_path: Path) -> None:
        settings = """\
            ROOT_URLCONF = "site.urls"
            DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3"}}
            DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}
            """
        assert answers(tmp_path, DJANGO, {"site/settings.py": settings})["database"] == "postgres"

    def test_branch_that_is_taken_by_default(self, tmp_path: Path) -> None:
        settings = """\
            import os
            ROOT_URLCONF = "site.urls"
            ENGINE = os.getenv("ENGINE", "sqlite")
            if ENGINE == "postgres":
                default = {"ENGINE": "django.db.backends.postgresql"}
            else:
                default = {"ENGINE": "django.db.backends.sqlite3"}
            DATABASES = {"default": default}
            """
        assert answers(tmp_path, DJANGO, {"site/settings.py": settings})["database"] == "sqlite"

    def test_production_speaks_louder_than_development(self, tmp_path: Path) -> None:
        config = """\
            class ProductionConfig:
                SQLALCHEMY_DATABASE_URI = "postgresql://localhost/app"
            class DevelopmentConfig:
                SQLALCHEMY_DATABASE_URI = "sqlite:///dev.db"
            class TestingConfig:
                SQLALCHEMY_DATABASE_URI = "mysql://localhost/test"
            """
        assert answers(tmp_path, FLASK, {"config.py": config})["database"] == "postgres"

    def test_mariadb_is_run_with_drivers_of_mysql(self, tmp_path: Path) -> None:
        files = {
            "requirements.txt": "flask\npymysql\n",
            "docker-compose.yml": """\
                services:
                  app:
                    build: .
                    environment:
                      - DATABASE_URL=mysql+pymysql://app:app@db/app
                  db:
                    image: mariadb:11
                """,
        }
        assert answers(tmp_path, FLASK, files)["database"] == "mariadb"

    def test_two_equal_services_are_a_conflict(self, tmp_path: Path) -> None:
        compose = "services:\n  a:\n    image: postgres\n  b:\n    image: mongo\n"
        found = report(tmp_path, EXPRESS, {"compose.yaml": compose}).fields["database"]
        assert found.status == "conflict"
        assert found.value is None
        assert {each.value for each in found.alternatives} == {"mongodb", "postgres"}


class TestLibraryOfADatabase:
    """Which library asks the database, when several are there."""

    @pytest.mark.parametrize(
        ("packages", "library"),
        [
            (("mongodb", "typeorm"), "typeorm"),
            (("mongodb", "mongoose", "sequelize"), "mongoose"),
            (("mongodb", "knex"), "mongodb-native"),
            (("pg", "sequelize"), "sequelize"),
            (("pg", "sequelize", "typeorm"), "conflict"),
        ],
        ids=lambda value: value if isinstance(value, str) else "+".join(value),
    )
    def test_node(self, packages: tuple[str, ...], library: str, tmp_path: Path) -> None:
        listed = "".join(f', "{each}": "1"' for each in packages)
        manifest = f'{{"name": "api", "dependencies": {{"express": "5"{listed}}}}}'
        assert answers(tmp_path, EXPRESS, {"package.json": manifest})["orm"] == library


class TestLogin:
    """A library for JWT is not a login with JWT."""

    def test_tokens_of_an_external_issuer(self, tmp_path: Path) -> None:
        files = {
            "requirements.txt": "fastapi\npyjwt[crypto]\n",
            "app/auth.py": "import jwt\n\ndef current_user(token):\n    return jwt.decode(token)\n",
            ".env.example": "AUTH0_DOMAIN=\nAUTH0_AUDIENCE=\n",
        }
        assert answers(tmp_path, FASTAPI, files)["auth"] == "unknown"

    def test_middleware_of_an_external_issuer(self, tmp_path: Path) -> None:
        manifest = """\
            {"name": "api", "dependencies": {"express": "5", "express-oauth2-jwt-bearer": "1",
             "jsonwebtoken": "9"}}
            """
        assert answers(tmp_path, EXPRESS, {"package.json": manifest})["auth"] == ["auth0"]

    def test_hosted_sessions(self, tmp_path: Path) -> None:
        files = {
            "package.json": '{"name": "web", "dependencies": {"next": "15", "@clerk/nextjs": "6"}}',
            "next.config.js": "",
            "lib/auth.ts": "import { sign } from 'jsonwebtoken';\nexport const t = () => sign({});\n",
        }
        assert answers(tmp_path, files)["auth"] == ["clerk"]

    @pytest.mark.parametrize("name", ["download_token", "push_token", "zoom_token"])
    def test_tokens_for_something_else(self, name: str, tmp_path: Path) -> None:
        code = f"import jwt\n\ndef {name}(item):\n    return jwt.encode({{'item': item}}, 'key')\n"
        assert answers(tmp_path, FASTAPI, {"app/links.py": code})["auth"] is None

    def test_name_of_a_variable_is_no_library(self, tmp_path: Path) -> None:
        files = {
            ".env.example": "AUTH_SECRET=\n",
            "src/session.ts": """\
                import { SignJWT } from "jose";
                export async function createSession(user: User) {
                  return new SignJWT({ user }).sign(key);
                }
                """,
        }
        assert answers(tmp_path, EXPRESS, files)["auth"] == ["jwt-self-issued"]


class TestWorkspace:
    """What a backend is made of lives in other packages."""

    def test_packages_that_it_depends_on_count(self, tmp_path: Path) -> None:
        found = answers(tmp_path, WORKSPACE)
        wanted = {
            "folder": "apps/api",
            "framework": "hono",
            "language": "typescript",
            "database": "postgres",
            "orm": "drizzle",
            "linter": ["eslint"],
            "formatter": ["prettier"],
            "package_manager": "pnpm",
        }
        assert {name: found[name] for name in wanted} == wanted

    def test_tools_of_the_root_are_the_last_resort(self, tmp_path: Path) -> None:
        root = {"package.json": '{"workspaces": ["apps/*"], "devDependencies": {"eslint": "9"}}'}
        found = answers(tmp_path, WORKSPACE, root, {"apps/api/biome.json": "{}"})
        assert found["linter"] == ["biome"]


class TestRunner:
    """Built-in runners are in no manifest."""

    @pytest.mark.parametrize(
        ("files", "runner"),
        [
            ({"Makefile": "test:\n\tpython manage.py test\n"}, "django-test"),
            (
                {
                    ".github/workflows/ci.yml": "jobs:\n  a:\n    steps:\n    - run: python -m unittest\n"
                },
                "unittest",
            ),
            ({"justfile": "test:\n    uv run ./manage.py test --parallel\n"}, "django-test"),
            ({"tox.ini": "[testenv]\ncommands = coverage run -m pytest\n"}, "pytest"),
        ],
        ids=["make", "ci", "just", "tox"],
    )
    def test_python(self, files: dict[str, str], runner: str, tmp_path: Path) -> None:
        assert answers(tmp_path, DJANGO, files)["test_runner"] == runner

    @pytest.mark.parametrize(
        ("script", "runner"),
        [
            ("node --import tsx --test", "node-test"),
            ('glob -c \\"tsx --test\\" \\"./test/**/*.ts\\"', "node-test"),
            ("bun test", "bun-test"),
            ("deno test -A", "deno-test"),
            ("c8 npm run unit", None),
            ('echo \\"Error: no test specified\\" && exit 1', None),
        ],
    )
    def test_node(self, script: str, runner: str | None, tmp_path: Path) -> None:
        manifest = f'{{"name": "api", "scripts": {{"test": "{script}"}}, "dependencies": {{"express": "5"}}}}'
        assert answers(tmp_path, EXPRESS, {"package.json": manifest})["test_runner"] == runner

    def test_unit_tests_come_before_those_of_a_browser(self, tmp_path: Path) -> None:
        manifest = """\
            {"name": "api", "scripts": {"test": "vitest", "test:e2e": "playwright test"},
             "dependencies": {"express": "5"}, "devDependencies": {"@playwright/test": "1"}}
            """
        files = {"package.json": manifest, "playwright.config.ts": ""}
        assert answers(tmp_path, EXPRESS, files)["test_runner"] == "vitest"

    def test_plugin_stands_for_pytest(self, tmp_path: Path) -> None:
        files = {"requirements-dev.txt": "pytest-asyncio\n"}
        assert answers(tmp_path, FASTAPI, files)["test_runner"] == "pytest"

    def test_empty_test_module_of_startapp_is_no_test(self, tmp_path: Path) -> None:
        files = {
            "items/tests.py": "from django.test import TestCase\n\n# Create your tests here.\n"
        }
        assert answers(tmp_path, DJANGO, files)["test_runner"] is None


class TestTools:
    """Tools that only an automation names."""

    @pytest.mark.parametrize(
        "files",
        [
            {".pre-commit-config.yaml": "repos:\n- repo: a\n  hooks:\n  - id: ruff-check\n"},
            {"pyproject.toml": "[tool.hatch.envs.lint]\ndependencies = ['ruff']\n"},
            {"tox.ini": "[testenv:lint]\ncommands =\n    ruff check .\n"},
            {
                "noxfile.py": "import nox\n\n@nox.session\ndef lint(session):\n    session.run('ruff', 'check')\n"
            },
        ],
        ids=["pre-commit", "hatch", "tox", "nox"],
    )
    def test_linter(self, files: dict[str, str], tmp_path: Path) -> None:
        assert answers(tmp_path, FASTAPI, files)["linter"] == ["ruff"]


class TestPackageManager:
    """Looked for per ecosystem, from the project upward."""

    def test_lock_file_of_the_front_end_says_nothing(self, tmp_path: Path) -> None:
        files = {"package.json": '{"private": true}', "package-lock.json": "{}", "bun.lock": ""}
        assert answers(tmp_path, BACKEND, files)["package_manager"] == "pip"

    def test_lock_file_of_the_workspace_root(self, tmp_path: Path) -> None:
        files = {
            "backend/pyproject.toml": '[project]\nname = "app"\ndependencies = ["fastapi"]\n',
            "pyproject.toml": "[tool.uv.workspace]\nmembers = ['backend']\n",
            "uv.lock": "",
            "bun.lock": "",
        }
        assert answers(tmp_path, BACKEND, files)["package_manager"] == "uv"

    def test_lock_file_counts_more_than_requirement_files_that_are_installed(
        self, tmp_path: Path
    ) -> None:
        files = {
            "Pipfile": "[packages]\nflask = '*'\n",
            "Pipfile.lock": "{}",
            ".travis.yml": "install: pip install -r requirements.txt\n",
        }
        assert answers(tmp_path, FLASK, files)["package_manager"] == "pipenv"

    def test_exported_requirement_file_is_none_of_pip(self, tmp_path: Path) -> None:
        files = {
            "pyproject.toml": '[project]\nname = "app"\ndependencies = ["flask"]\n',
            "uv.lock": "",
            "requirements.txt": """\
                # This file was autogenerated by uv via the following command:
                #    uv export --no-dev
                flask==3.1 --hash=sha256:0
                celery==5 --hash=sha256:0
                """,
            "Dockerfile": "FROM python\nRUN pip install -r requirements.txt\n",
        }
        found = answers(tmp_path, FLASK, files)
        assert (found["package_manager"], found["queue"]) == ("uv", None)

    def test_field_of_the_manifest_beats_a_stale_lock_file(self, tmp_path: Path) -> None:
        files = {
            "package.json": '{"packageManager": "pnpm@10.1.0", "dependencies": {"express": "5"}}',
            "yarn.lock": "",
        }
        assert answers(tmp_path, EXPRESS, files)["package_manager"] == "pnpm"

    def test_two_lock_files_are_a_conflict_until_something_runs(self, tmp_path: Path) -> None:
        locks = {"package-lock.json": "{}", "yarn.lock": ""}
        assert answers(tmp_path / "a", EXPRESS, locks)["package_manager"] == "conflict"
        dockerfile = {"Dockerfile": "FROM node\nRUN yarn install --immutable\n"}
        assert answers(tmp_path / "b", EXPRESS, locks, dockerfile)["package_manager"] == "yarn"


class TestExcluded:
    """What only comes along."""

    def test_express_below_nest(self, tmp_path: Path) -> None:
        files = {
            "package.json": """\
                {"name": "api", "dependencies": {"@nestjs/core": "11", "express": "5"}}
                """,
            "src/server.js": "",
            "src/main.ts": """\
                import { NestFactory } from '@nestjs/core';
                import { ExpressAdapter } from '@nestjs/platform-express';
                import express from 'express';
                const server = express();
                NestFactory.create<NestExpressApplication>(AppModule, new ExpressAdapter(server));
                """,
        }
        assert answers(tmp_path, files)["framework"] == "nestjs"

    def test_react_below_next(self, tmp_path: Path) -> None:
        manifest = """\
            {"name": "web", "scripts": {"dev": "next dev"},
             "dependencies": {"next": "15", "react": "19", "react-dom": "19"}}
            """
        assert answers(tmp_path, {"package.json": manifest})["framework"] == "nextjs"

    def test_sqlalchemy_below_sqlmodel(self, tmp_path: Path) -> None:
        files = {"requirements.txt": "fastapi\nsqlmodel\nsqlalchemy\n"}
        assert answers(tmp_path, FASTAPI, files)["orm"] == "sqlmodel"

    def test_page_framework_beside_its_own_server(self, tmp_path: Path) -> None:
        files = {
            "package.json": """\
                {"name": "web", "scripts": {"dev": "node src/server.js", "build": "next build"},
                 "dependencies": {"next": "15", "express": "5"}}
                """,
            "next.config.js": "",
        }
        assert answers(tmp_path, EXPRESS, files)["framework"] == "express"


class TestMonorepo:
    """Exactly one backend is used; several are a question."""

    def test_only_backend_is_used_and_named(self, tmp_path: Path) -> None:
        front_end = {"web/package.json": '{"dependencies": {"react": "19", "vite": "7"}}'}
        found = answers(tmp_path, SERVICE, front_end)
        assert (found["folder"], found["framework"]) == ("services/api", "fastapi")

    def test_pages_are_no_second_backend(self, tmp_path: Path) -> None:
        pages = {
            "web/package.json": '{"dependencies": {"next": "15", "react": "19"}}',
            "web/next.config.js": "",
        }
        found = answers(tmp_path, SERVICE, pages)
        assert (found["folder"], found["framework"]) == ("services/api", "fastapi")

    def test_several_backends_are_a_conflict(self, tmp_path: Path) -> None:
        other = {f"services/jobs/{path}": text for path, text in EXPRESS.items()}
        found = report(tmp_path, SERVICE, other)
        assert found.fields["framework"].status == "conflict"
        folders = found.fields["folder"].alternatives
        assert [each.value for each in folders] == ["services/api", "services/jobs"]

    def test_backends_that_agree_are_none(self, tmp_path: Path) -> None:
        other = {f"services/jobs/{path}": text for path, text in FASTAPI.items()}
        found = answers(tmp_path, SERVICE, other)
        assert (found["folder"], found["framework"]) == ("conflict", "fastapi")


# Each asks for FastAPI and Peewee to run, and for Tortoise to develop or not at all.
PYTHON_MANIFESTS = {
    "PEP 621": {
        "pyproject.toml": """\
            [project]
            name = "api"
            dependencies = ["fastapi>=0.1", "Peewee[queue] ~= 2.0 ; python_version > '3.8'"]
            [project.optional-dependencies]
            tests = ["tortoise-orm"]
            """
    },
    "PEP 735": {
        "pyproject.toml": """\
            [project]
            name = "api"
            dependencies = ["fastapi", "peewee"]
            [dependency-groups]
            dev = [{include-group = "lint"}, "tortoise-orm"]
            lint = ["tortoise-orm>=3"]
            """
    },
    "Poetry 1": {
        "pyproject.toml": """\
            [tool.poetry]
            name = "api"
            [tool.poetry.dependencies]
            python = "^3.12"
            fastapi = {version = "^0.1", extras = ["standard"]}
            peewee = "*"
            [tool.poetry.dev-dependencies]
            tortoise-orm = "*"
            """
    },
    "Poetry 2": {
        "pyproject.toml": """\
            [project]
            name = "api"
            dependencies = ["fastapi (>=0.1,<1.0)", "peewee (>=2)"]
            [tool.poetry.group.dev.dependencies]
            tortoise-orm = "^3"
            """
    },
    "PDM": {
        "pyproject.toml": """\
            [project]
            dependencies = ["fastapi", "peewee"]
            [tool.pdm.dev-dependencies]
            test = ["tortoise-orm"]
            """
    },
    "Hatch": {
        "pyproject.toml": """\
            [project]
            name = "api"
            dependencies = ["fastapi", "peewee"]
            [tool.hatch.envs.test]
            dependencies = ["tortoise-orm"]
            """
    },
    "Flit": {
        "pyproject.toml": """\
            [tool.flit.metadata]
            module = "api"
            requires = ["fastapi", "peewee"]
            """
    },
    "uv": {
        "pyproject.toml": """\
            [project]
            name = "api"
            dependencies = ["fastapi", "peewee @ git+https://example.com/peewee"]
            [tool.uv]
            dev-dependencies = ["tortoise-orm"]
            """
    },
    "Pipenv": {
        "Pipfile": """\
            [packages]
            fastapi = "*"
            peewee = {git = "https://example.com/peewee"}
            [dev-packages]
            tortoise-orm = "*"
            """
    },
    "includes": {
        "requirements.txt": "-r requirements/production.txt\n",
        "requirements/base.txt": "FastAPI==0.1 \\\n    --hash=sha256:0\n",
        "requirements/production.txt": "-r base.txt\npeewee\n",
        "requirements/dev.txt": "-r base.txt\ntortoise-orm\n",
    },
    "constraints": {
        "requirements.txt": "-c constraints.txt\n--index-url https://example.com\nfastapi\npeewee\n",
        "constraints.txt": "tortoise-orm==3\nsqlalchemy==2\n",
    },
    "addresses": {
        "requirements.txt": """\
            -e .
            fastapi @ https://example.com/fastapi.whl
            -e git+https://example.com/peewee.git#egg=peewee
            # tortoise-orm
            """
    },
    "setup.py": {
        "setup.py": """\
            from setuptools import find_packages, setup
            needed = ["fastapi", "peewee"]
            setup(
                packages=find_packages(),
                install_requires=needed,
                extras_require={"test": ["tortoise-orm"]},
                tests_require=["tortoise-orm"],
            )
            """
    },
    "setup.cfg": {
        "setup.py": "import setuptools\nsetuptools.setup()\n",
        "setup.cfg": """\
            [metadata]
            name = api
            classifiers = Private :: Do Not Upload
            [options]
            install_requires =
                fastapi
                # tortoise-orm
                peewee>=2
            [options.extras_require]
            dev =
                tortoise-orm
            """,
    },
    "conda": {
        "environment.yml": """\
            dependencies:
              - python=3.12
              - conda-forge::fastapi=0.1
              - pip:
                  - peewee==2.0
            """
    },
}
NODE_MANIFESTS = {
    "plain": {
        "package.json": """\
            {"dependencies": {"express": "5", "sequelize": "8"}, "devDependencies": {"bookshelf": "6"}}
            """
    },
    "alias": {
        "package.json": """\
            {"dependencies": {"express": "npm:express@5", "database": "npm:sequelize@^8"},
             "devDependencies": {"bookshelf": "6"}}
            """
    },
    "catalog": {
        "package.json": '{"dependencies": {"express": "catalog:", "sequelize": "catalog:data"}}',
        "pnpm-workspace.yaml": "catalog:\n  express: 5\n  bookshelf: 6\n  typeorm: 1\n",
    },
    "workspace": {
        "package.json": """\
            {"private": true, "workspaces": {"packages": ["packages/*"]},
             "dependencies": {"express": "5", "@acme/data": "workspace:*"}}
            """,
        "packages/data/package.json": '{"name": "@acme/data", "dependencies": {"sequelize": "8"}}',
        "packages/site/package.json": '{"name": "@acme/site", "dependencies": {"bookshelf": "6"}}',
    },
    "comments": {
        "package.json": """\
            {
              // "bookshelf": "6",
              "dependencies": {"express": "5", "sequelize": "8",},
              /* "devDependencies": {} */
            }
            """
    },
    "overrides": {
        "package.json": """\
            {"dependencies": {"express": "5", "sequelize": "8"}, "overrides": {"bookshelf": "6"},
             "peerDependenciesMeta": {"bookshelf": {}}, "config": {"dependencies": {"bookshelf": "6"}}}
            """
    },
}
CODE = {"app/main.py": FASTAPI["app/main.py"]}
SCRIPT = {"src/server.js": EXPRESS["src/server.js"]}


class TestManifest:
    """Every form in which a manifest asks for packages, and for what it asks for them."""

    @pytest.mark.parametrize("form", PYTHON_MANIFESTS)
    def test_python(self, form: str, tmp_path: Path) -> None:
        found = answers(tmp_path, CODE, PYTHON_MANIFESTS[form])
        assert (found["framework"], found["orm"]) == ("fastapi", "peewee")

    @pytest.mark.parametrize("form", NODE_MANIFESTS)
    def test_node(self, form: str, tmp_path: Path) -> None:
        found = answers(tmp_path, SCRIPT, NODE_MANIFESTS[form])
        assert (found["framework"], found["orm"]) == ("express", "sequelize")

    def test_map_of_imports(self, tmp_path: Path) -> None:
        files = {
            "deno.json": """\
                {"imports": {"hono": "jsr:@hono/hono@^4", "sequelize": "npm:sequelize@8"},
                 "tasks": {"dev": "deno run -A main.ts", "test": "deno test"}}
                """,
            "main.ts": "import { Hono } from 'hono';\nconst app = new Hono();\n",
        }
        found = answers(tmp_path, files)
        wanted = {"framework": "hono", "orm": "sequelize", "test_runner": "deno-test"}
        assert {name: found[name] for name in wanted} == wanted

    @pytest.mark.parametrize(
        "files",
        [
            {"Gemfile": "gem 'fastapi'\n", "config.ru": "run App\n"},
            {
                "Gemfile": 'source "https://rubygems.org"\ngem "rails", "~> 8.0"\n',
                "app/models/order.rb": "",
                "package.json": '{"dependencies": {"@hotwired/turbo-rails": "^8"}}',
                "app/javascript/application.js": "",
                "yarn.lock": "",
            },
            {"composer.json": '{"require": {"fastapi": "*"}}', "index.php": "<?php\n"},
            {"mix.exs": "defmodule Api do\nend\n", "lib/api.ex": ""},
        ],
        ids=["Ruby", "Rails", "PHP", "Elixir"],
    )
    def test_language_that_no_rule_is_about(self, files: dict[str, str], tmp_path: Path) -> None:
        found = answers(tmp_path, files)
        assert (found["framework"], found["language"]) == (None, "unknown")

    def test_gemfile_of_a_tool_is_no_project(self, tmp_path: Path) -> None:
        files = {
            "Gemfile": 'source "https://rubygems.org"\ngem "fastlane"\n',
            "package.json": '{"dependencies": {"express": "^5"}}',
            "server.js": "const app = require('express')();\napp.listen(3000);\n",
        }
        found = answers(tmp_path, files)
        assert (found["framework"], found["language"]) == ("express", "javascript")


class TestDatabaseInMoreForms:
    """Where projects write down their database."""

    @pytest.mark.parametrize(
        ("files", "database"),
        [
            ({".env.example": "DB_CONNECTION=pgsql\n"}, "postgres"),
            ({".env.example": "DATABASE_URL='mysql2://a:b@c/d' # or postgres://\n"}, "mysql"),
            (
                {".env.test": "DATABASE_URL=sqlite:///t.db\n", ".env": "DATABASE_URL=mysql://a\n"},
                "mysql",
            ),
            (
                {"compose.yaml": "services:\n  db:\n    image: ${DB_IMAGE:-postgis/postgis:16}\n"},
                "postgres",
            ),
            (
                {
                    "compose.yaml": "services:\n  db: &db\n    image: mysql:8\n  other:\n    <<: *db\n"
                },
                "mysql",
            ),
            (
                {
                    "compose.yaml": "services:\n  db:\n    image: mysql:8\n",
                    "compose.test.yaml": "services:\n  db:\n    image: postgres:16\n",
                },
                "mysql",
            ),
            ({"compose.yaml": "services:\n  a:\n    image: prom/mysqld-exporter\n"}, None),
            ({"docs/compose.yaml": "services:\n  a:\n    image: mysql:8\n"}, None),
        ],
        ids=["kind", "comment", "test", "default", "alias", "test compose", "exporter", "docs"],
    )
    def test_settings(self, files: dict[str, str], database: str | None, tmp_path: Path) -> None:
        assert answers(tmp_path, FASTAPI, files)["database"] == database

    @pytest.mark.parametrize(
        ("provider", "database"),
        [
            ("postgresql", "postgres"),
            ("mysql", "mysql"),
            ("sqlite", "sqlite"),
            ("mongodb", "mongodb"),
        ],
    )
    def test_provider_of_prisma_beats_a_driver(
        self, provider: str, database: str, tmp_path: Path
    ) -> None:
        files = {
            "package.json": '{"dependencies": {"express": "5", "@prisma/client": "6", "mariadb": "3"}}',
            "db/schema.prisma": f'// provider = "x"\ndatasource db {{\n  provider = "{provider}"\n}}\n',
        }
        assert answers(tmp_path, EXPRESS, files)["database"] == database


class TestRunnerInMoreForms:
    """A built-in runner in a pipeline, a Makefile, a container."""

    @pytest.mark.parametrize(
        ("files", "runner"),
        [
            ({"Makefile": "test:\n\t@NODE_ENV=test node --test test/\n"}, "node-test"),
            (
                {
                    ".circleci/config.yml": "jobs:\n  a:\n    steps:\n      - run: {command: node --test}\n"
                },
                "node-test",
            ),
            ({"Dockerfile": 'FROM node\nRUN ["node", "--test"]\n'}, "node-test"),
            ({"Taskfile.yml": "tasks:\n  test:\n    cmds:\n      - npx vitest run\n"}, "vitest"),
            ({"README.md": "node --test\n", "docs/a.md": "vitest\n"}, None),
            ({"Makefile": "help:\n\t@echo 'node --test'\n"}, None),
        ],
        ids=["make", "CircleCI", "Docker", "Taskfile", "README", "echo"],
    )
    def test_node(self, files: dict[str, str], runner: str | None, tmp_path: Path) -> None:
        assert answers(tmp_path, EXPRESS, files)["test_runner"] == runner

    @pytest.mark.parametrize(
        ("files", "runner"),
        [
            ({"azure-pipelines.yml": "steps:\n- script: python manage.py test\n"}, "django-test"),
            (
                {"run.sh": "#!/bin/sh\nexec docker compose run --rm web ./manage.py test\n"},
                "django-test",
            ),
            (
                {"pyproject.toml": "[tool.poe.tasks]\ntest = 'python -m unittest discover'\n"},
                "unittest",
            ),
            (
                {
                    "items/tests.py": "from unittest import TestCase\nclass A(TestCase):\n    def test(self): ...\n"
                },
                "unittest",
            ),
        ],
        ids=["Azure", "script", "poe", "class"],
    )
    def test_python(self, files: dict[str, str], runner: str, tmp_path: Path) -> None:
        assert answers(tmp_path, DJANGO, files)["test_runner"] == runner


class TestBounds:
    """What is not looked at, and that it is said."""

    @pytest.mark.parametrize(
        "folder",
        [
            "node_modules/a",
            ".venv/lib",
            "venv",
            "vendor/a",
            "dist",
            "build",
            "site-packages",
            ".git",
        ],
    )
    def test_folders_of_others(self, folder: str, tmp_path: Path) -> None:
        files = {f"{folder}/{path}": text for path, text in (EXPRESS | DJANGO).items()}
        assert answers(tmp_path, FASTAPI, files)["framework"] == "fastapi"
        assert report(tmp_path / "alone", files).kind == "empty"

    def test_virtual_environment_by_any_name(self, tmp_path: Path) -> None:
        files = {f"my-env/{path}": text for path, text in DJANGO.items()}
        files["my-env/pyvenv.cfg"] = ""
        assert answers(tmp_path, FASTAPI, files)["framework"] == "fastapi"

    def test_number_of_files(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("detection.tree.MAX_ENTRIES", 20)
        many = {f"docs/{number}.md": "" for number in range(40)}
        found = report(tmp_path, FASTAPI, many)
        assert found.limits == ("more than 20 files and folders, the rest not looked at",)
        assert found.fields["framework"].value == "fastapi"

    def test_bytes_of_all_files(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("detection.tree.MAX_TOTAL_BYTES", 200)
        found = report(tmp_path, FASTAPI, {"deep/er/Makefile": "#" * 300})
        assert found.limits == ("more than 200 bytes, the rest not read",)
        assert found.fields["framework"].value == "fastapi"
