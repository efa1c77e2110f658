"""Git repositories of the tests: templates with a history, and projects made from them."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import copier

from tests.support.render import committed_copy

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Repository:
    """A folder with its git history."""

    folder: Path

    def git(self, *arguments: str, check: bool = True) -> str:
        """Return what git prints."""
        finished = subprocess.run(
            ["git", *arguments], cwd=self.folder, capture_output=True, text=True, check=False
        )
        if check and finished.returncode != 0:
            message = f"git {' '.join(arguments)}: {finished.stdout}{finished.stderr}"
            raise AssertionError(message)
        return finished.stdout

    def commit(self, message: str = "change") -> None:
        """Commit everything that is not ignored."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)

    def path(self, name: str) -> Path:
        return self.folder / name

    def text(self, name: str) -> str:
        return self.path(name).read_text(encoding="utf-8")

    def write(self, files: Mapping[str, str]) -> None:
        """Write the files, and commit them."""
        for name, text in files.items():
            self.path(name).parent.mkdir(parents=True, exist_ok=True)
            self.path(name).write_text(text, encoding="utf-8")
        self.commit()

    def replace(self, name: str, old: str, new: str) -> None:
        """Replace one piece of text; it must be there, once."""
        text = self.text(name)
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times in {name}"
        self.path(name).write_text(text.replace(old, new), encoding="utf-8")

    def status(self) -> dict[str, str]:
        """Return git's two letters for each file that is not as it was committed."""
        entries = self.git("status", "--porcelain", "-z", "--untracked-files=all").split("\0")
        return {entry[3:]: entry[:2] for entry in entries if entry}

    def conflicts(self) -> set[str]:
        """Return the files in which `git diff --check` sees a conflict marker."""
        lines = self.git("-c", "core.quotePath=false", "diff", "--check", check=False).splitlines()
        return {line.split(":")[0] for line in lines if "leftover conflict marker" in line}

    def files(self) -> dict[str, bytes]:
        """Return what every file holds, git's own left out."""
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file() and ".git" not in path.relative_to(self.folder).parts
        }


def new_repository(folder: Path) -> Repository:
    """Return a repository with everything in the folder committed."""
    folder.mkdir(parents=True, exist_ok=True)
    repository = Repository(folder)
    repository.git("init", "--quiet")
    repository.commit("start")
    return repository


def real_template(folder: Path) -> Repository:
    """Return a copy of this template that a test may change."""
    shutil.copytree(committed_copy(), folder)
    return Repository(folder)


def new_project(template: Repository, folder: Path, **answers: Any) -> Repository:  # noqa: ANN401
    """Return a project made from the template as it is, committed."""
    copier.run_copy(
        str(template.folder),
        folder,
        data=answers,
        defaults=True,
        unsafe=True,
        vcs_ref="HEAD",
        quiet=True,
    )
    return new_repository(folder)


def run_update(project: Repository, **options: Any) -> None:  # noqa: ANN401 # as Copier takes them
    """Update in this process: what the command does, without its start and its messages."""
    copier.run_update(
        project.folder,
        **{
            "defaults": True,
            "overwrite": True,
            "unsafe": True,
            "vcs_ref": "HEAD",
            "quiet": True,
            **options,
        },
    )
