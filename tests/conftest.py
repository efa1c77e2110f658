"""What all tests share: the rendered projects and their databases.

Which of them a run covers, `tests/support/covering.py` decides.
"""

from __future__ import annotations

import functools
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.contract.target import Candidate, Target
from tests.existing.conftest import PROJECTS
from tests.support.covering import Answers, for_contract, for_own_tests, for_providers
from tests.support.databases import Databases
from tests.support.mongodb import VARIABLE as MONGODB_URL
from tests.support.projects import Project, install
from tests.support.render import combinations, name_of, render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

pytest_plugins = ["tests.contract.plugin"]

MAX_WORKERS = 4


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


def runnable() -> list[dict[str, str]]:
    """Return the combinations that can run for real on this machine."""
    found = combinations()
    if MONGODB_URL in os.environ:
        return found
    return [answers for answers in found if answers["database"] != "mongodb"]


@functools.cache
def covered(rule: Callable[..., list[Answers]], *, everything: bool) -> list[Answers]:
    """Return the combinations that a run takes by this rule, the same for each test function."""
    return rule(runnable(), everything=everything)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the long variants of tests, unless everything is to run."""
    if config.getoption("--all"):
        return
    left_out = [item for item in items if item.get_closest_marker("only_with_all")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


class ByProject(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    """Gives all tests of a project to one worker, which makes it once; else those of a module."""

    def _split_scope(self, nodeid: str) -> str:
        module, _, parameters = nodeid.partition("[")
        shared = (name for name in _project_names() if name in parameters)
        return next(shared, module.partition("::")[0])


@functools.cache
def _project_names() -> list[str]:
    return [*map(name_of, combinations()), *(path.stem for path in PROJECTS)]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByProject:
    return ByProject(config, log)


def pytest_xdist_auto_num_workers() -> int:
    """Return one more than there are processors: a part of the tests waits for servers."""
    return min((os.cpu_count() or 1) + 1, MAX_WORKERS)


def pytest_contract_candidates(config: pytest.Config) -> Sequence[Candidate]:
    everything = config.getoption("--all")
    whole = covered(for_contract, everything=everything)
    return [
        Candidate(name_of(answers), answers["auth"], answers["database"], whole=answers in whole)
        for answers in covered(for_providers, everything=everything)
    ]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "project_name" in metafunc.fixturenames:
        every_answer = metafunc.definition.get_closest_marker("every_answer")
        choose = for_own_tests if every_answer else for_contract
        chosen = covered(choose, everything=metafunc.config.getoption("--all"))
        local = metafunc.definition.get_closest_marker("local_accounts")
        external = metafunc.definition.get_closest_marker("identity_provider")
        chosen = [
            answers for answers in chosen if not (external if answers["auth"] == "local" else local)
        ]
        for question in ("framework", "database"):
            if wanted := metafunc.definition.get_closest_marker(f"on_{question}"):
                chosen = [answers for answers in chosen if answers[question] in wanted.args]
        names = [name_of(answers) for answers in chosen]
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
def projects(workshop: Path, databases: Databases) -> Callable[[str], Project]:
    """Return a rendered and installed project by name; each is made once."""
    by_name = {name_of(answers): answers for answers in combinations()}
    made: dict[str, Project] = {}

    def project(name: str) -> Project:
        if name not in made:
            made[name] = install(name, render(workshop / "projects" / name, **by_name[name]))
            if made[name].needs_a_server:
                made[name].use_database(databases.mongodb.new_database(name))
        return made[name]

    return project


@pytest.fixture(scope="session")
def project(project_name: str, projects: Callable[[str], Project]) -> Project:
    """One of the projects that this run covers."""
    return projects(project_name)


@pytest.fixture(scope="session")
def databases(workshop: Path) -> Iterator[Databases]:
    """The database servers of the whole run."""
    with Databases(workshop) as databases:
        yield databases


@pytest.fixture(scope="session")
def contract_target(
    request: pytest.FixtureRequest, projects: Callable[[str], Project], databases: Databases
) -> Target:
    """The service of one candidate, on a database of its own."""
    candidate: Candidate = request.param
    if isinstance(candidate, Target):
        return candidate
    database = databases.new(candidate.kind, f"contract-{candidate.name}")
    return projects(candidate.name).target(database)
