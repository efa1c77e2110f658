"""Where and from what a project is updated."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support.copier_cli import copier, last_line

from .repository import Repository, new_project, new_repository, run_update
from .small import GENERATED, small_template

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

MAIN = "template/app/main.py"


def update(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return copier("update", "--trust", "--defaults", *options, cwd=folder)


def refused(project: Repository, folder: Path | None = None) -> str:
    """Update, assert that it is refused and nothing changed; return the last line."""
    before, status = project.files(), project.status()
    finished = update(folder or project.folder)
    assert finished.returncode != 0
    assert project.files() == before
    assert project.status() == status
    return last_line(finished)


def release(template: Repository, line: str, tag: str = "") -> None:
    """Put another last line into app/main.py."""
    template.path(MAIN).write_text(f"{template.text(MAIN)}{line}\n", encoding="utf-8")
    template.commit(line)
    if tag:
        template.git("tag", tag)


class TestVersions:
    def test_without_a_tag_the_newest_commit_is_taken(
        self, template: Repository, tmp_path: Path
    ) -> None:
        project = new_project(template, tmp_path / "project")
        release(template, "new")
        finished = update(project.folder)
        assert finished.returncode == 0, finished.stderr
        assert "No git tags found in template; using HEAD as ref" in finished.stderr
        assert project.text("app/main.py").endswith("new\n")

    def test_newest_tag_is_taken_not_what_follows_it(
        self, template: Repository, tmp_path: Path
    ) -> None:
        template.git("tag", "v1.0.0")
        project = new_project(template, tmp_path / "project")
        release(template, "second", "v1.10.0")
        release(template, "candidate", "v2.0.0rc1")
        release(template, "untagged")
        assert update(project.folder).returncode == 0
        assert project.text("app/main.py").endswith("second\n")
        assert "_commit: v1.10.0\n" in project.text(".copier-answers.yml")
        project.commit()
        assert update(project.folder, "--vcs-ref", "HEAD").returncode == 0
        assert project.text("app/main.py").endswith("untagged\n")

    def test_project_made_after_the_newest_tag_is_not_taken_back(
        self, template: Repository, tmp_path: Path
    ) -> None:
        template.git("tag", "v1.0.0")
        release(template, "untagged")
        project = new_project(template, tmp_path / "project")
        assert "Downgrades are not supported" in refused(project)

    def test_check_tells_by_its_exit_code(self, template: Repository, tmp_path: Path) -> None:
        template.git("tag", "v1.0.0")
        project = new_project(template, tmp_path / "project")
        check = ("check-update", "--quiet")
        assert copier(*check, cwd=project.folder).returncode == 0
        release(template, "second", "v1.1.0")
        assert copier(*check, cwd=project.folder).returncode == 2
        shutil.rmtree(template.folder)
        assert copier(*check, cwd=project.folder).returncode == 1


class TestRefusals:
    @pytest.mark.parametrize("name", ["app/main.py", "untracked.txt"])
    def test_dirty_tree_is_refused(self, name: str, template: Repository, tmp_path: Path) -> None:
        project = new_project(template, tmp_path / "project")
        project.path(name).write_text("mine\n", encoding="utf-8")
        assert "Please commit or stash your local changes and retry" in refused(project)

    def test_project_without_git_is_refused(self, template: Repository, tmp_path: Path) -> None:
        project = new_project(template, tmp_path / "project")
        shutil.rmtree(project.path(".git"))
        before = project.files()
        finished = update(project.folder)
        assert finished.returncode == 1
        assert "only supported in git-tracked subprojects" in last_line(finished)
        assert project.files() == before

    def test_template_that_is_gone_is_refused(self, template: Repository, tmp_path: Path) -> None:
        project = new_project(template, tmp_path / "project")
        shutil.rmtree(template.folder)
        assert "only supported in git-tracked templates" in refused(project)

    def test_missing_trust_is_refused(self, tmp_path: Path) -> None:
        template = small_template(tmp_path / "template")
        project = new_project(template, tmp_path / "project")
        settings = f"{template.text('copier.yml')}_jinja_extensions: [jinja2.ext.do]\n"
        template.write({"copier.yml": settings})
        finished = copier("update", "--defaults", cwd=project.folder)
        assert finished.returncode == 4
        assert "--trust" in finished.stderr
        assert project.status() == {}

    def test_version_that_fails_stops_in_the_middle(
        self, template: Repository, tmp_path: Path
    ) -> None:
        project = new_project(template, tmp_path / "project")
        project.write({"app/main.py": "mine\n"})
        template.path("template/zzz.txt.jinja").write_text("{{ 1 / 0 }}\n", encoding="utf-8")
        release(template, "new")
        finished = update(project.folder)
        assert finished.returncode == 1
        assert "division by zero" in last_line(finished)
        project.git("restore", ".")
        assert project.text("app/main.py") == "mine\n"


class TestPlaces:
    def test_moved_project_is_updated(self, template: Repository, tmp_path: Path) -> None:
        old = new_project(template, tmp_path / "old")
        project = Repository(tmp_path / "somewhere" / "else")
        project.folder.parent.mkdir()
        old.folder.rename(project.folder)
        release(template, "new")
        run_update(project)
        assert project.text("app/main.py").endswith("new\n")

    def test_moved_template_is_found_by_its_new_address(
        self, template: Repository, tmp_path: Path
    ) -> None:
        project = new_project(template, tmp_path / "project")
        release(template, "new")
        moved = template.folder.rename(tmp_path / "moved")
        project.replace(".copier-answers.yml", str(template.folder), str(moved))
        project.commit("The template has moved")
        run_update(project)
        assert project.text("app/main.py").endswith("new\n")

    def test_relative_address_of_the_template_is_a_dead_end(
        self, template: Repository, tmp_path: Path
    ) -> None:
        project = new_project(template, tmp_path / "project")
        project.replace(".copier-answers.yml", str(template.folder), "template")
        project.commit()
        assert "only supported in git-tracked templates" in refused(project)

    def test_folder_of_a_larger_repository(self, template: Repository, tmp_path: Path) -> None:
        """Also with changes elsewhere in it that are not committed."""
        new_project(template, tmp_path / "all" / "services" / "orders")
        shutil.rmtree(tmp_path / "all" / "services" / "orders" / ".git")
        everything = new_repository(tmp_path / "all")
        everything.write({"app/main.py": "other\n", "services/orders/app/items/routes.py": "x\n"})
        everything.path("app/main.py").write_text("dirty\n", encoding="utf-8")
        release(template, "new")
        template.git("rm", "--quiet", "template/{{ one }}/app/pool.py")
        template.write({"template/app/items/routes.py": "y\n"})

        finished = update(everything.path("services/orders"))

        assert finished.returncode == 0, finished.stderr
        assert everything.text("app/main.py") == "dirty\n"
        orders = "services/orders"
        assert everything.conflicts() == {f"{orders}/app/items/routes.py"}
        assert everything.status() == {
            "app/main.py": " M",
            f"{orders}/.copier-answers.yml": " M",
            f"{orders}/app/items/routes.py": "UU",
            f"{orders}/app/main.py": " M",
            f"{orders}/app/pool.py": " D",
        }


class TestConflicts:
    @pytest.fixture
    def project(self, template: Repository, tmp_path: Path) -> Repository:
        """Both sides have changed the same line."""
        project = new_project(template, tmp_path / "project")
        project.replace("app/main.py", "main.py 7\n", "main.py mine\n")
        project.commit()
        template.replace(MAIN, "main.py 7\n", "main.py theirs\n")
        release(template, "new")
        return project

    def test_markers_hold_both_and_git_finds_them(self, project: Repository) -> None:
        finished = update(project.folder)
        assert finished.returncode == 0
        assert (
            "<<<<<<< before updating\napp/main.py mine\n=======\napp/main.py theirs\n"
            ">>>>>>> after updating\n"
        ) in project.text("app/main.py")
        assert project.text("app/main.py").endswith("new\n")
        assert project.conflicts() == {"app/main.py"}
        assert project.status()["app/main.py"] == "UU"

    def test_rejected_changes_stand_in_a_file(self, project: Repository) -> None:
        """What the user had changed is in the `.rej` file, and only there."""
        run_update(project, conflict="rej")
        assert "app/main.py theirs\n" in project.text("app/main.py")
        assert "+app/main.py mine\n" in project.text("app/main.py.rej")
        assert project.conflicts() == set()
        assert project.status()["app/main.py.rej"] == "??"


class TestFiles:
    def test_removed_and_renamed_files_of_the_template_go_with_their_changes(
        self, template: Repository, tmp_path: Path
    ) -> None:
        project = new_project(template, tmp_path / "project")
        project.write({"app/main.py": "mine\n"})
        template.git("mv", MAIN, "template/app/start.py")
        template.commit()
        run_update(project)
        assert project.status()["app/main.py"] == " D"
        assert "mine" not in project.text("app/start.py")
        project.git("restore", "app/main.py")
        assert project.text("app/main.py") == "mine\n"

    def test_deleted_file_stays_away_and_deleted_generated_one_returns(
        self, template: Repository, tmp_path: Path
    ) -> None:
        project = new_project(template, tmp_path / "project")
        project.path("app/main.py").unlink()
        project.path(GENERATED).unlink()
        project.commit()
        release(template, "new")
        run_update(project)
        assert project.status() == {".copier-answers.yml": " M", GENERATED: "??"}

    def test_generated_file_is_never_touched(self, template: Repository, tmp_path: Path) -> None:
        project = new_project(template, tmp_path / "project")
        project.write({GENERATED: "mine\n"})
        template.write({f"template/{GENERATED}": "theirs\n"})
        run_update(project)
        assert project.text(GENERATED) == "mine\n"

    def test_new_file_replaces_a_binary_one_of_that_name(
        self, template: Repository, tmp_path: Path
    ) -> None:
        """So the template has no binary files, and the name of a text file fits no other."""
        project = new_project(template, tmp_path / "project")
        project.write({"logo": "\0mine"})
        template.write({"template/logo": "theirs\n"})
        run_update(project)
        assert project.text("logo") == "theirs\n"
        assert project.status()["logo"] == " M"

    def test_ignored_file_is_overwritten_by_a_new_one(
        self, template: Repository, tmp_path: Path
    ) -> None:
        """So no file of the template may be one that its projects ignore: see test_released."""
        project = new_project(template, tmp_path / "project")
        project.write({".gitignore": "local.txt\n"})
        project.path("local.txt").write_text("mine\n", encoding="utf-8")
        template.write({"template/local.txt": "theirs\n"})
        run_update(project)
        assert project.text("local.txt") == "theirs\n"


class TestSettingsOfGit:
    def project(self, template: Repository, folder: Path, *settings: str) -> Repository:
        project = new_project(template, folder)
        project.replace("app/main.py", "main.py 2\n", "main.py mine  \n")
        project.commit()
        for setting in settings:
            project.git("config", *setting.split("="))
        release(template, "new")
        run_update(project)
        return project

    def test_most_do_not_matter(self, template: Repository, tmp_path: Path) -> None:
        settings = (
            "commit.gpgSign=true",
            "core.autocrlf=input",
            "core.quotePath=false",
            "diff.mnemonicPrefix=true",
            "diff.noprefix=true",
            "merge.conflictStyle=diff3",
        )
        project = self.project(template, tmp_path / "project", *settings)
        assert "main.py mine  \n" in project.text("app/main.py")
        assert project.text("app/main.py").endswith("new\n")

    def test_refused_white_space_takes_the_changes_back(
        self, template: Repository, tmp_path: Path
    ) -> None:
        """A fault of Copier, which overlooks that `git apply` fails: docs/updates.md warns."""
        project = self.project(template, tmp_path / "project", "apply.whitespace=error")
        assert "mine" not in project.text("app/main.py")
        assert project.status()["app/main.py"] == " M"
