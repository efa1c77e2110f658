"""What all tests share: the rendered projects, their databases, and which of them a run covers."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.contract.target import Candidate, DatabaseTarget, Target
from tests.support.mongodb import VARIABLE as MONGODB_URL
from tests.support.mongodb import MongoDB, running_mongodb
from tests.support.postgres import Postgres, running_postgres
from tests.support.projects import Project, install
from tests.support.render import combinations, name_of, render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

pytest_plugins = ["tests.contract.plugin"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all",
        action="store_true",
        help="run every combination for real, and the long variants of tests",
    )


def pytest_configure(config: pytest.Config) -> None:
    if MONGODB_URL not in os.environ and os.environ.get("CI") == "true":
        raise pytest.UsageError(f"{MONGODB_URL} must name a MongoDB server: CI skips no project")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if MONGODB_URL not in os.environ:
        line = f"MongoDB projects are skipped: {MONGODB_URL} names no server"
        terminalreporter.write_line(line, yellow=True)


def covering_set(config: pytest.Config) -> list[dict[str, str]]:
    """Return the combinations that run for real: each pair of answers occurs in one of them."""
    found = combinations()
    if MONGODB_URL in os.environ:
        return found
    return [answers for answers in found if answers["database"] != "mongodb"]


def pytest_contract_candidates(config: pytest.Config) -> Sequence[Candidate]:
    return [
        Candidate(name_of(answers), answers["auth"], answers["database"])
        for answers in covering_set(config)
    ]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "project_name" in metafunc.fixturenames:
        names = [name_of(answers) for answers in covering_set(metafunc.config)]
        metafunc.parametrize("project_name", names, scope="session")


@pytest.fixture(scope="session")
def workshop() -> Iterator[Path]:
    """A folder that the account of a database server can reach: pytest's own are closed."""
    with tempfile.TemporaryDirectory(prefix="copier-backend-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        # As root a project's development database has its data elsewhere.
        for record in folder.rglob(".data/postgres-folder"):
            shutil.rmtree(record.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def projects(request: pytest.FixtureRequest, workshop: Path) -> Callable[[str], Project]:
    """Return a rendered and installed project by name; each is made once."""
    by_name = {name_of(answers): answers for answers in combinations()}
    made: dict[str, Project] = {}

    def project(name: str) -> Project:
        if name not in made:
            made[name] = install(name, render(workshop / "projects" / name, **by_name[name]))
            if made[name].needs_a_server:
                mongodb: MongoDB = request.getfixturevalue("mongodb")
                made[name].use_database(mongodb.new_database(name))
        return made[name]

    return project


@pytest.fixture(scope="session")
def project(project_name: str, projects: Callable[[str], Project]) -> Project:
    """One project of the covering set."""
    return projects(project_name)


@pytest.fixture(scope="session")
def postgres(workshop: Path) -> Iterator[Postgres]:
    """One PostgreSQL server for the whole run."""
    with running_postgres(workshop / "postgres") as server:
        yield server


@pytest.fixture(scope="session")
def mongodb(workshop: Path) -> Iterator[MongoDB]:
    """The MongoDB server of this machine, through a port of our own."""
    with running_mongodb(workshop / "mongodb") as server:
        yield server


@pytest.fixture(scope="session")
def contract_target(
    request: pytest.FixtureRequest, projects: Callable[[str], Project], workshop: Path
) -> Target:
    """The service of one candidate, on a database of its own."""
    candidate: Candidate = request.param
    if isinstance(candidate, Target):
        return candidate
    name = f"contract-{candidate.name}"
    if candidate.kind == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        database = DatabaseTarget(
            "postgres",
            server.create_database(name),
            stop=server.command("stop"),
            start=server.command("start"),
        )
    elif candidate.kind == "mongodb":
        mongodb: MongoDB = request.getfixturevalue("mongodb")
        database = DatabaseTarget(
            "mongodb",
            mongodb.new_database(name),
            stop=mongodb.command("stop"),
            start=mongodb.command("start"),
        )
    else:
        database = DatabaseTarget("sqlite", f"sqlite:///{workshop / name}.db")
    return projects(candidate.name).target(database)
