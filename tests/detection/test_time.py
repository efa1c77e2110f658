"""A repository of twenty thousand files answers in under two seconds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from detection import detect

from .trees import EXPRESS, FASTAPI, write

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 2.0
FILES = 20_000
PYTHON = '''\
"""Part {0}."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass

from sqlalchemy import select

from app.models import User

log = logging.getLogger(__name__)


@dataclass
class Part{0}:
    """What part {0} is made of."""

    name: str
    number: int = {0}

    def title(self) -> str:
        return f"{{self.name}} {{self.number}}"


def find(session, token: str, settings=None):
    url = settings.database_url if settings else "http://localhost"
    log.info("asks %s", url)
    return session.scalars(select(User).where(User.token == token)).all()
'''
SCRIPT = """\
import {{ useState }} from "react";
import {{ api }} from "../api/client";

/** Part {0}. */
export function Part{0}({{ user, onChange }}) {{
  const [state, setState] = useState({{ type: "idle", url: "/items/{0}" }});
  async function login() {{
    const answer = await api.get(`/users/${{user.id}}?part={0}`);
    setState({{ type: "done", url: answer.url }});
    onChange(answer);
  }}
  return state.type === "done" ? user.name : null;
}}
"""
MANIFEST = (
    '{{"name": "@acme/part{0}", "private": true, "dependencies": {{"react": "19", "zod": "4"}}}}\n'
)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a service, packages, a front end, and what tools and others put there."""
    folder = tmp_path_factory.mktemp("large")
    files: dict[str, str] = {f"services/api/{path}": text for path, text in FASTAPI.items()}
    files |= {f"tests/fixtures/other/{path}": text for path, text in EXPRESS.items()}
    files |= {
        "package.json": '{"private": true, "workspaces": ["packages/*"]}',
        "compose.yaml": "services:\n  db:\n    image: postgres:18\n",
        "services/api/requirements.txt": "fastapi\nsqlalchemy\nasyncpg\npytest\n",
        "services/api/app/settings.py": "DATABASE_URL = 'postgresql+asyncpg://localhost/app'\n",
    }
    for number in range(200):
        files[f"packages/part{number}/package.json"] = MANIFEST.format(number)
    for number in range(3_000):
        files[f"services/api/app/parts{number % 60}/part{number}.py"] = PYTHON.format(number)
        files[f"packages/part{number % 200}/src/part{number}.tsx"] = SCRIPT.format(number)
        files[f"services/api/tests/test_part{number}.py"] = f"def test_{number}(): ...\n"
    # Skipped as a whole, so that what is in them costs nothing.
    for number in range(2_000):
        files[f"node_modules/package{number}/package.json"] = MANIFEST.format(number)
        files[f"vendor/part{number % 50}/part{number}.go"] = "package part\n"
    rest = FILES - len(files)
    for number in range(rest):
        files[f"docs/pages{number % 100}/page{number}.md"] = (
            f"# Page {number}\n\nfastapi, express\n"
        )
    assert len(files) == FILES
    return write(folder, files)


def test_large_repository_in_time(large: Path) -> None:
    # Processor time, and the best of three: other programs on the machine make it no slower.
    taken = []
    for _ in range(3):
        before = time.process_time()
        report = detect(large)
        taken.append(time.process_time() - before)
        if taken[-1] < SECONDS:
            break
    assert min(taken) < SECONDS
    assert report.fields["folder"].value == "services/api"
    assert report.fields["framework"].value == "fastapi"
    assert report.fields["database"].value == "postgres"
    assert report.fields["test_runner"].value == "pytest"
