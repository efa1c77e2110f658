"""Another answer in an update: what goes, what comes, and what is said about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from copier_backend.layers import Layers

from tests.support.copier_cli import copier, last_line

from .repository import Repository, new_project, real_template, run_update

if TYPE_CHECKING:
    from pathlib import Path

UPDATE = ("update", "--trust", "--defaults", "--vcs-ref", "HEAD")


@dataclass(frozen=True)
class Kind:
    """What the services of one framework call their parts."""

    framework: str
    label: str
    source: str
    suffix: str
    manifest: str
    migration: str  # one of the service's own
    imports: str  # a line of the module for the database, for PostgreSQL
    last_dependency: str

    def module(self, name: str) -> str:
        return f"{self.source}/{name}.{self.suffix}"


KINDS = {
    "fastapi": Kind(
        framework="fastapi",
        label="FastAPI",
        source="app",
        suffix="py",
        manifest="pyproject.toml",
        migration="migrations/versions/mine.py",
        imports="import time\n",
        last_dependency='  "uvicorn>',
    ),
    "express": Kind(
        framework="express",
        label="Express",
        source="src",
        suffix="ts",
        manifest="package.json",
        migration="src/migrations/mine.ts",
        imports='import pg from "pg";\n',
        last_dependency='    "zod-openapi": ',
    ),
}


@pytest.fixture(scope="module")
def service_template(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """This template, with files that only PostgreSQL has."""
    template = real_template(tmp_path_factory.mktemp("service") / "template")
    for kind in KINDS.values():
        layer = f"template/{{{{ {kind.framework} }}}}/{{{{ postgres }}}}"
        template.write({f"{layer}/{kind.module(name)}": f"{name}\n" for name in ("pool", "a", "b")})
    return template


class TestOtherDatabase:
    @pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
    def test_what_was_changed_is_kept_or_named(
        self, kind: Kind, service_template: Repository, tmp_path: Path
    ) -> None:
        database, pool = kind.module("database"), kind.module("pool")
        answers = {"framework": kind.framework, "auth": "local"}

        def outputs(**other: str) -> set[str]:
            return {*Layers(service_template.folder).output_paths({**answers, **other})}

        service = new_project(
            service_template, tmp_path / "service", **answers, database="postgres"
        )
        service.replace(database, kind.imports, f"mine {kind.imports}")
        service.replace(kind.manifest, kind.last_dependency, f"mine\n{kind.last_dependency}")
        service.write({pool: "mine\n", kind.migration: "mine\n"})

        updated = copier(*UPDATE, "--data", "database=sqlite", cwd=service.folder)

        assert updated.returncode == 0, updated.stderr
        message = closing_message(updated.stderr)
        assert message[0].startswith(f"{kind.label}, SQLite, local accounts")
        gone = sorted(outputs(database="postgres") - outputs(database="sqlite"))
        named = ", ".join(gone[:3])
        more = len(gone) - 3
        assert message[-1].startswith(f"Gone with the old answer: {named} and {more} more (back")
        assert len(message) <= 8
        # Both options have it, so that it is merged.
        assert service.conflicts() == {database}
        assert f"mine {kind.imports}" in service.text(database)
        assert service.status()[pool] == " D"
        service.git("restore", pool)
        assert service.text(pool) == "mine\n"
        assert "mine\n" in service.text(kind.manifest)
        # All the rest is as in a new service.
        fresh = new_project(
            service_template, tmp_path / "fresh", **answers, database="sqlite"
        ).files()
        assert fresh.keys() == {*outputs(database="sqlite"), ".copier-answers.yml"}
        assert differences(service, fresh) == {database, kind.migration, kind.manifest, pool}

    @pytest.mark.only_with_all
    @pytest.mark.parametrize("framework", KINDS)
    @pytest.mark.parametrize(("before", "after"), [("postgres", "sqlite"), ("sqlite", "postgres")])
    def test_untouched_service_becomes_a_fresh_one(
        self,
        before: str,
        after: str,
        framework: str,
        service_template: Repository,
        tmp_path: Path,
    ) -> None:
        service, fresh = (
            new_project(service_template, tmp_path / name, framework=framework, database=name)
            for name in (before, after)
        )
        run_update(service, data={"database": after})
        assert differences(service, fresh.files()) == set()


def test_other_framework_makes_another_service(
    service_template: Repository, tmp_path: Path
) -> None:
    """Only what the project makes for itself stays: its command writes the document again."""
    service, fresh = (
        new_project(service_template, tmp_path / name, framework=name, database="sqlite")
        for name in ("fastapi", "express")
    )
    run_update(service, data={"framework": "express"})
    assert differences(service, fresh.files()) == {"openapi.json"}


def differences(project: Repository, fresh: dict[str, bytes]) -> set[str]:
    files = project.files()
    return {path for path in files.keys() | fresh.keys() if files.get(path) != fresh.get(path)}


def closing_message(output: str) -> list[str]:
    """Return what is said last."""
    lines = output.strip().splitlines()
    return lines[next(n for n, line in enumerate(lines) if ", local accounts" in line) :]


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
