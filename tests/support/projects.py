"""Rendered projects with everything installed, ready to run."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.contract.target import DatabaseTarget, Target

ROOT = Path(__file__).parent.parent.parent
# Environments outlive a run: the second one installs nothing.
CACHE = ROOT / ".cache" / "environments"

# What this run's own environment would impose on the commands of a rendered project.
_FOREIGN_VARIABLES = ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT", "UV_PYTHON", "PYTHONPATH", "APP_ENV")


@dataclass(frozen=True)
class Project:
    """One rendered project."""

    name: str  # "fastapi-postgres-local"
    directory: Path
    environment: Path  # its virtual environment

    def run(
        self, *command: str, stdin: str = "", timeout: float = 300, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the project as its user would, after `uv run`; without a terminal."""
        return subprocess.run(
            ["uv", "run", "--no-sync", *command],
            cwd=self.directory,
            env=self.variables(**variables),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def variables(self, **more: str) -> dict[str, str]:
        """Return the environment variables of the project's commands."""
        inherited = {k: v for k, v in os.environ.items() if k not in _FOREIGN_VARIABLES}
        return {**inherited, "UV_PROJECT_ENVIRONMENT": str(self.environment), **more}

    def target(self, database: DatabaseTarget) -> Target:
        """Return the project as the contract suite sees it."""
        python = str(self.environment / "bin" / "python")
        return Target(
            name=self.name,
            directory=self.directory,
            start=(python, "-m", "app"),
            migrate=(python, "-m", "app.commands.migrate"),
            user=(python, "-m", "app.commands.user"),
            purge_tokens=(python, "-m", "app.commands.purge_tokens"),
            environment={},
            auth=self.name.split("-")[2],
            database=database,
        )


def install(name: str, directory: Path) -> Project:
    """Install what the project's manifest asks for, unless an earlier run has done so."""
    python = _python_for(name)
    manifest = (directory / "pyproject.toml").read_text(encoding="utf-8")
    key = hashlib.sha256(f"{python}\n{manifest}".encode()).hexdigest()[:16]
    project = Project(name, directory, CACHE / key)
    complete = project.environment / "complete"
    if not complete.exists():
        shutil.rmtree(project.environment, ignore_errors=True)
        installed = subprocess.run(
            ["uv", "sync", "--quiet", "--python", python],
            cwd=directory,
            env=project.variables(),
            capture_output=True,
            text=True,
            check=False,
        )
        if installed.returncode != 0:
            sys.exit(f"{name}: uv sync failed\n{installed.stderr}")
        complete.touch()
    return project


def _python_for(name: str) -> str:
    """Return the Python of a combination: the oldest and the newest supported one take turns."""
    supported = [version for version in ("3.12", "3.13") if _runs(f"python{version}")]
    if not supported:
        sys.exit("Rendered projects need Python 3.12 or 3.13: install one and put it on PATH.")
    return f"python{supported[sum(name.encode()) % len(supported)]}"


def _runs(program: str) -> bool:
    found = shutil.which(program)
    if found is None:
        return False
    # A shim may stand for a version that is not there.
    return subprocess.run([found, "-V"], capture_output=True, check=False).returncode == 0
