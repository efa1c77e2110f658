"""Whatever a user and the template change, an update loses no line of either."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from copier_backend.layers import Layers
from hypothesis import HealthCheck, Phase, given, settings

from .edits import KINDS, added_lines, apply, edits
from .repository import Repository, new_project, real_template, run_update
from .small import GENERATED, small_sources, small_template

if TYPE_CHECKING:
    from collections.abc import Callable

    from .edits import Edit

# Names for files that are added; some are free for both sides.
MINE = ("app/mine.py", "app/items/notes.py", "a b.txt", "new/deep/er.txt", "app/both.py")
THEIRS = ("app/theirs.py", "app/both.py", "new/one.txt", "a b.txt")
# What a project makes for itself.
MADE = {GENERATED, "openapi.json", "package-lock.json"}
# Copier cannot merge binary files, so a template must not have any.
KINDS_OF_TEMPLATE = tuple(kind for kind in KINDS if kind != "binary")


class TestUpdateLosesNoLine:
    def test_of_a_small_project(self, tmp_path: Path, request: pytest.FixtureRequest) -> None:
        history = History(small_template(tmp_path / "template"), tmp_path / "fresh", small_sources)
        cases(request, 20, 400)(
            given(mine=edits(MINE), theirs=edits(THEIRS, KINDS_OF_TEMPLATE))(
                lambda mine, theirs: history.check(mine, theirs)
            )
        )()

    @pytest.mark.parametrize("framework", ["fastapi", "express"])
    def test_of_a_service(
        self, framework: str, tmp_path: Path, request: pytest.FixtureRequest
    ) -> None:
        answers = {"framework": framework, "database": "sqlite", "auth": "local"}
        template = real_template(tmp_path / "template")
        history = History(
            template,
            tmp_path / "fresh",
            lambda folder: Layers(folder).output_paths(answers),
            **answers,
        )
        # Random lines would break what is rendered; removing files is tried with the small one.
        additions = edits(THEIRS, ("insert", "append", "replace", "add"))
        cases(request, 1, 20)(
            given(mine=edits(MINE), theirs=additions)(
                lambda mine, theirs: history.check(mine, theirs, fits=_is_plain)
            )
        )()


def cases(request: pytest.FixtureRequest, few: int, many: int) -> settings:
    """Return how many cases are tried: the same few in every run, many others with `--all`."""
    thorough = request.config.getoption("--all")
    return settings(
        max_examples=many if thorough else few,
        derandomize=not thorough,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


class History:
    """A template, a project that was made from it, and what both become."""

    def __init__(
        self,
        template: Repository,
        folder: Path,
        sources: Callable[[Path], dict[str, Path]],
        **answers: str,
    ) -> None:
        self.template = template
        self.sources = sources
        self.fresh = new_project(template, folder, **answers)
        self.first = set(sources(template.folder))
        template.git("branch", "first")

    def check(
        self, mine: list[Edit], theirs: list[Edit], fits: Callable[[Path], bool] | None = None
    ) -> None:
        """Let both sides change, update, and see that everything is there."""
        self.template.git("checkout", "--quiet", "--force", "-B", "main", "first")
        self.template.git("clean", "--quiet", "--force", "-d", "-x")
        apply(theirs, self.template.path("template"), "theirs", fits=fits)
        self.template.commit()
        with tempfile.TemporaryDirectory(prefix="update-") as folder:
            project = Repository(Path(folder) / "project")
            shutil.copytree(self.fresh.folder, project.folder)
            apply(mine, project.folder, "user")
            project.commit()
            before = project.files()
            run_update(project)
            self.compare(before, project)

    def compare(self, before: dict[str, bytes], project: Repository) -> None:
        after, second = project.files(), self.sources(self.template.folder)
        removed_by_template = self.first - second.keys()
        removed_by_user = self.first - before.keys() - MADE

        assert before.keys() - after.keys() <= removed_by_template
        assert not removed_by_user & after.keys()
        for path in before.keys() & after.keys():
            assert added_lines(before[path], "user") <= added_lines(after[path], "user"), path
        for path in second.keys() - removed_by_user - MADE:
            theirs = [first_words(line) for line in after[path].splitlines()]
            for line in added_lines(second[path].read_bytes(), "theirs"):
                assert first_words(line) in theirs, path
        marker = re.compile(rb"^<<<<<<< before updating", re.MULTILINE)
        marked = {path for path, text in after.items() if marker.search(text)}
        assert project.conflicts() == marked
        assert {path for path, letters in project.status().items() if letters == "UU"} == marked


def first_words(line: bytes) -> list[bytes]:
    """Return who added the line and its number: the rest may be rendered."""
    return line.split()[:2]


def _is_plain(path: Path) -> bool:
    return path.suffix != ".jinja"
