"""Another answer in an update: what goes, what comes, and what is said about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from copier_backend.layers import Layers

from tests.support.copier_cli import copier, last_line

from .repository import Repository, new_project, real_template, run_update

if TYPE_CHECKING:
    from pathlib import Path

UPDATE = ("update", "--trust", "--defaults", "--vcs-ref", "HEAD")
POOL = "app/pool.py"


@pytest.fixture(scope="module")
def service_template(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """This template, with files that only PostgreSQL has."""
    template = real_template(tmp_path_factory.mktemp("service") / "template")
    layer = "template/{{ fastapi }}/{{ postgres }}"
    names = (POOL, "app/a.py", "app/b.py", "tests/c.py")
    template.write({f"{layer}/{name}": f'"""{name}."""\n' for name in names})
    return template


class TestOtherDatabase:
    def test_what_was_changed_is_kept_or_named(
        self, service_template: Repository, tmp_path: Path
    ) -> None:
        service = new_project(service_template, tmp_path / "service", database="postgres")
        service.replace("app/database.py", "import time\n", "import time  # mine\n")
        service.replace("pyproject.toml", '  "limits>', '  "idna>=3",\n  "limits>')
        service.write({POOL: "MINE = 1\n", "migrations/versions/mine.py": "MINE = 1\n"})

        updated = copier(*UPDATE, "--data", "database=sqlite", cwd=service.folder)

        assert updated.returncode == 0, updated.stderr
        message = closing_message(updated.stderr)
        assert message[0].startswith("FastAPI, SQLite, local accounts")
        assert message[-1].startswith("Gone with the old answer: app/a.py, app/b.py, app/pool.py")
        assert len(message) <= 8
        # Both options have it, so that it is merged.
        assert service.conflicts() == {"app/database.py"}
        assert "import time  # mine\n" in service.text("app/database.py")
        assert service.status()[POOL] == " D"
        service.git("restore", POOL)
        assert service.text(POOL) == "MINE = 1\n"
        assert '  "idna>=3",\n' in service.text("pyproject.toml")
        # All the rest is as in a new service.
        fresh = new_project(service_template, tmp_path / "fresh", database="sqlite").files()
        answers = {"framework": "fastapi", "database": "sqlite", "auth": "local"}
        paths = Layers(service_template.folder).output_paths(answers).keys()
        assert fresh.keys() == {*paths, ".copier-answers.yml"}
        assert differences(service, fresh) == {
            *("app/database.py", "migrations/versions/mine.py", "pyproject.toml", POOL)
        }

    @pytest.mark.parametrize(("before", "after"), [("postgres", "sqlite"), ("sqlite", "postgres")])
    def test_untouched_service_becomes_a_fresh_one(
        self,
        before: str,
        after: str,
        service_template: Repository,
        tmp_path: Path,
        request: pytest.FixtureRequest,
    ) -> None:
        if not request.config.getoption("--all"):
            pytest.skip("the other test does as much, in one direction")
        service = new_project(service_template, tmp_path / before, database=before)
        fresh = new_project(service_template, tmp_path / after, database=after)
        run_update(service, data={"database": after})
        assert differences(service, fresh.files()) == set()


def differences(project: Repository, fresh: dict[str, bytes]) -> set[str]:
    files = project.files()
    return {path for path in files.keys() | fresh.keys() if files.get(path) != fresh.get(path)}


def closing_message(output: str) -> list[str]:
    """Return what is said last."""
    lines = output.strip().splitlines()
    return lines[next(n for n, line in enumerate(lines) if line.startswith("FastAPI, ")) :]


class TestSmallTemplate:
    def test_answer_is_kept_unless_another_is_given(
        self, template: Repository, tmp_path: Path
    ) -> None:
        project = new_project(template, tmp_path / "project", store="two", title="Bills")
        run_update(project)
        assert project.status() == {}

    def test_impossible_answer_changes_nothing(self, template: Repository, tmp_path: Path) -> None:
        project = new_project(template, tmp_path / "project")
        updated = copier(*UPDATE, "--data", "store=three", cwd=project.folder)
        assert updated.returncode != 0
        assert "'three' is not in ['one', 'two']" in last_line(updated)
        assert project.status() == {}

    def test_untouched_and_changed_files_of_the_old_answer_go(
        self, template: Repository, tmp_path: Path
    ) -> None:
        """Without conflict and with exit code 0: only git can bring the changes back."""
        project = new_project(template, tmp_path / "project")
        project.write({"app/pool.py": "mine\n", "app/extra/own.py": "mine\n"})
        run_update(project, data={"store": "two"})
        assert project.status() == {
            ".copier-answers.yml": " M",
            "app/store.py": " M",
            "app/pool.py": " D",
            "app/extra/deep.py": " D",
            "app/file.py": "??",
        }
        assert project.text("app/extra/own.py") == "mine\n"
