"""Writes the lock of all options together, which every rendered Node project starts with.

`uv run poe node-lock` belongs to every change of a version or a package in `package.json.jinja`. What
the lock has already stays as it is; `npm install` prunes it in a project.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import yaml
from jinja2.sandbox import SandboxedEnvironment

from tests.support.projects import node

ROOT = Path(__file__).parent.parent
NODE = ROOT / "template" / "{{ node }}"
LOCK = NODE / "package-lock.json"


def manifest() -> str:
    """Return the manifest of a project that has every layer at once."""
    layers = yaml.safe_load((ROOT / "questions" / "layers.yml").read_text(encoding="utf-8"))
    source = (NODE / "package.json.jinja").read_text(encoding="utf-8")
    template = SandboxedEnvironment(autoescape=False).from_string(source)
    return template.render(
        dict.fromkeys(layers, "."), project_slug="service", project_description="A service."
    )


def main() -> None:
    """Let npm bring the lock into step with the manifest."""
    with tempfile.TemporaryDirectory(prefix="node-lock-") as name:
        folder = Path(name)
        (folder / "package.json").write_text(manifest(), encoding="utf-8")
        for file in (LOCK, NODE / ".npmrc"):
            shutil.copy(file, folder)
        path = f"{node().parent}{os.pathsep}{os.environ['PATH']}"
        command = ["npm", "install", "--package-lock-only", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=folder, env={**os.environ, "PATH": path}, check=True)
        shutil.copy(folder / LOCK.name, LOCK)


if __name__ == "__main__":
    main()
