"""Small trees written by hand, and what is found in them."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from detection import Answer, Report, Status, detect

if TYPE_CHECKING:
    from collections.abc import Mapping

# A service of each ecosystem with nothing but its framework: what tests add something to.
FASTAPI = {
    "requirements.txt": "fastapi\n",
    "app/main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n",
}
FLASK = {
    "requirements.txt": "flask\n",
    "app/__init__.py": "from flask import Flask\n\ndef create_app():\n    return Flask(__name__)\n",
}
DJANGO = {
    "requirements.txt": "django\n",
    "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')\n",
    "site/settings.py": "ROOT_URLCONF = 'site.urls'\nINSTALLED_APPS = ['django.contrib.auth']\n",
}
EXPRESS = {
    "package.json": '{"name": "api", "dependencies": {"express": "^5"}}',
    "src/server.js": "import express from 'express';\nconst app = express();\n",
}


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write the files below a folder; return it."""
    made: set[Path] = set()
    for path, content in files.items():
        target = folder / path
        if target.parent not in made:
            target.parent.mkdir(parents=True, exist_ok=True)
            made.add(target.parent)
        if isinstance(content, bytes):
            target.write_bytes(content)
        else:
            plain = textwrap.dedent(content) if content[:1] == " " else content
            target.write_text(plain, encoding="utf-8")
    return folder


def report(folder: Path, *files: Mapping[str, str | bytes]) -> Report:
    """Return the report about these files; later ones replace earlier ones of the same path."""
    merged: dict[str, str | bytes] = {}
    for each in files:
        merged |= each
    return detect(write(folder, merged))


def said(answer: Answer) -> str | list[str] | None:
    """Return an answer in short: the value, a list of values, None for none, or its status."""
    if answer.status is Status.NONE:
        return None
    if answer.status is not Status.FOUND:
        return answer.status.value
    return answer.value if isinstance(answer.value, str) else list(answer.value or ())


def answers(folder: Path, *files: Mapping[str, str | bytes]) -> dict[str, str | list[str] | None]:
    """Return what is found in these files, each answer in short."""
    return {name: said(answer) for name, answer in report(folder, *files).fields.items()}
