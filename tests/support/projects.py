"""Rendered projects with everything installed, ready to run."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from tests.contract.providers import PROVIDERS
from tests.contract.target import DatabaseTarget, Target
from tests.support.mongodb import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent.parent
# Environments outlive a run: the second one installs nothing.
CACHE = ROOT / ".cache" / "environments"
OLDEST_NODE = (24, 12)

# What this run's own environment would impose on the commands of a rendered project.
# They are about this project, or about a run of its tests.
_FOREIGN_VARIABLES = (
    *("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT", "UV_PYTHON", "PYTHONPATH", "PYTEST_ADDOPTS"),
    "APP_ENV",
)


@dataclass(frozen=True)
class Project:
    """One rendered project."""

    name: str  # "fastapi-postgres-local"
    directory: Path
    environment: Path  # its virtual environment, or the folder of its node_modules

    @property
    def auth(self) -> str:
        return self.name.split("-")[2]

    @property
    def uses_node(self) -> bool:
        return (self.directory / "package.json").exists()

    def run(
        self, *command: str, stdin: str = "", timeout: float = 300, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the project as its user would; without a terminal."""
        return subprocess.run(
            [*(() if self.uses_node else ("uv", "run", "--no-sync")), *command],
            cwd=self.directory,
            env=self.variables(**variables),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def task(
        self, name: str, *arguments: str, stdin: str = "", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run one of the project's tasks on the runner of its language."""
        command = self.task_command(name, *arguments)
        return self.run(*command, stdin=stdin, timeout=300, **variables)

    def task_command(self, name: str, *arguments: str) -> tuple[str, ...]:
        if self.uses_node:
            return ("npm", "run", "--silent", name, "--", *arguments)
        return ("poe", "-q", name, *arguments)

    def variables(self, **more: str) -> dict[str, str]:
        """Return the environment variables of the project's commands."""
        inherited = {k: v for k, v in os.environ.items() if k not in _FOREIGN_VARIABLES}
        if self.auth in PROVIDERS:
            # Nobody answers there: for what needs valid settings only.
            more = {**PROVIDERS[self.auth].settings("http://127.0.0.1:9"), **more}
        if self._database == "mongodb" and VARIABLE in os.environ:
            inherited["TEST_DATABASE_URL"] = os.environ[VARIABLE]
        if self.uses_node:
            path = f"{node().parent}{os.pathsep}{inherited['PATH']}"
            return {**inherited, "PATH": path, **more}
        return {**inherited, "UV_PROJECT_ENVIRONMENT": str(self.environment), **more}

    @property
    def needs_a_server(self) -> bool:
        """Tell whether its development database cannot be started on this machine."""
        return self._database == "mongodb" and not shutil.which("mongod")

    def use_database(self, url: str) -> None:
        """Name the development database as a user does, instead of the one of its own."""
        (self.directory / ".env").write_text(f"DATABASE_URL={url}\n", encoding="utf-8")

    @property
    def _database(self) -> str:
        return self.name.split("-")[1]

    def target(self, database: DatabaseTarget) -> Target:
        """Return the project as the contract suite sees it."""
        if self.uses_node:
            built = self.task("build")
            assert built.returncode == 0, built.stdout + built.stderr
        return Target(
            name=self.name,
            directory=self.directory,
            start=self._program("server", "app"),
            migrate=self._command("migrate"),
            user=self._command("user") if self.auth == "local" else (),
            purge_tokens=self._command("purge-tokens") if self.auth == "local" else (),
            environment={},
            auth=self.auth,
            database=database,
        )

    def _command(self, name: str) -> tuple[str, ...]:
        return self._program(f"commands/{name}", f"app.commands.{name.replace('-', '_')}")

    def _program(self, script: str, module: str) -> tuple[str, ...]:
        """Return the command line of a program as production starts it."""
        if self.uses_node:
            return (str(node()), "--enable-source-maps", f"dist/{script}.js")
        return (str(self.environment / "bin" / "python"), "-m", module)


def install(name: str, directory: Path) -> Project:
    """Install what the project's manifest asks for, unless an earlier run has done so."""
    if (directory / "package.json").exists():
        return _install_node(name, directory)
    return _install_python(name, directory)


def _install_python(name: str, directory: Path) -> Project:
    python = _python_for(name)
    manifest = (directory / "pyproject.toml").read_text(encoding="utf-8")
    # With bytecode: the many short processes of the tests would compile everything again.
    command = ("uv", "sync", "--quiet", "--compile-bytecode", "--python", python)
    # The place counts: the programs of an environment name its path.
    project = Project(name, directory, CACHE / _key(*command, str(CACHE), manifest))
    _fill_once(project.environment, lambda: _install(command, directory, project.variables()))
    return project


def _install_node(name: str, directory: Path) -> Project:
    files = ("package.json", "package-lock.json", ".npmrc")
    texts = [(directory / file).read_text(encoding="utf-8") for file in files]
    project = Project(name, directory, CACHE / _key(_version(node()), *texts))

    def fill() -> None:
        project.environment.mkdir(parents=True)
        for file in files:
            shutil.copy(directory / file, project.environment)
        # As a user does: the lock of all options together is pruned, and is then in step.
        for task in ("install", "ci"):
            command = ("npm", task, "--no-audit", "--no-fund")
            _install(command, project.environment, project.variables())

    _fill_once(project.environment, fill)
    shutil.copy(project.environment / "package-lock.json", directory)
    modules = directory / "node_modules"
    modules.unlink(missing_ok=True)  # of an installation before the manifest changed
    modules.symlink_to(project.environment / "node_modules")
    return project


def _fill_once(folder: Path, fill: Callable[[], None]) -> None:
    """Fill a folder, unless that was done to its end; several workers of a run may want it at once."""
    complete = folder / "complete"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not complete.exists():
            shutil.rmtree(folder, ignore_errors=True)
            fill()
            complete.touch()


def _install(command: tuple[str, ...], folder: Path, environment: dict[str, str]) -> None:
    installed = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if installed.returncode != 0:
        sys.exit(f"{' '.join(command)} failed\n{installed.stdout}{installed.stderr}")


def _key(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]


def _python_for(name: str) -> str:
    """Return the Python of a combination: the oldest and the newest supported one take turns."""
    supported = [version for version in ("3.12", "3.13") if _version(f"python{version}")]
    if not supported:
        sys.exit("Rendered projects need Python 3.12 or 3.13: install one and put it on PATH.")
    return f"python{supported[sum(name.encode()) % len(supported)]}"


@functools.cache
def node() -> Path:
    """Return a Node that runs rendered projects; the one on PATH may be older than they need."""
    found = shutil.which("node")
    numbers = _version(found).lstrip("v").split(".") if found else []
    if found and tuple(map(int, numbers[:2])) >= OLDEST_NODE:
        return Path(found)
    folder = ROOT / ".cache" / "node"
    node = folder / "node_modules" / "node" / "bin" / "node"

    def fill() -> None:
        folder.mkdir()
        (folder / "package.json").write_text(json.dumps({"private": True}))
        _install(("npm", "install", "--no-audit", "node@24"), folder, dict(os.environ))

    _fill_once(folder, fill)
    return node


def _version(program: str | Path) -> str:
    """Return the version of a program; an empty text when it does not run."""
    found = shutil.which(str(program))
    if found is None:
        return ""
    # A shim may stand for a version that is not there.
    told = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
    return told.stdout.strip() if told.returncode == 0 else ""
