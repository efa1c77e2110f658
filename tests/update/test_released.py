"""What an update may never do to a released project; the rule is in tools/release_paths.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copier_backend.layers import Layers

from tests.support.render import ROOT, combinations
from tools.release_paths import all_faults, faults, is_released

from .repository import new_repository

if TYPE_CHECKING:
    from pathlib import Path

CHANGELOG = """\
## [Unreleased]

- `app/new.py` takes the place of `app/old.py`: move what you changed.

## [1.0.0]

- `app/older.py` went.
"""


def test_released_paths_and_migrations_are_still_there() -> None:
    """Else name each in CHANGELOG.md under Unreleased, and run `uv run poe release-paths`."""
    assert all_faults() == []


class TestRule:
    def faults(self, before: set[str], now: set[str]) -> list[str]:
        return list(faults(frozenset(before), frozenset(now), CHANGELOG))

    def test_new_path_is_free(self) -> None:
        assert self.faults({"a.py"}, {"a.py", "b.py"}) == []

    def test_path_that_is_gone_is_a_fault(self) -> None:
        assert self.faults({"a.py", "b.py"}, {"a.py", "c.py"}) == ["b.py is gone"]

    def test_changelog_excuses_what_it_names(self) -> None:
        assert self.faults({"app/old.py"}, {"app/new.py"}) == []

    def test_changelog_of_an_earlier_release_does_not_excuse(self) -> None:
        assert self.faults({"app/older.py"}, set()) == ["app/older.py is gone"]

    def test_edited_migration_is_a_fault(self) -> None:
        edited = self.faults({"migrations/versions/1.py aa"}, {"migrations/versions/1.py bb"})
        assert edited == ["migrations/versions/1.py has been edited or removed"]

    def test_new_migration_is_a_fault(self) -> None:
        added = self.faults({"a.py"}, {"a.py", "migrations/versions/1.py aa"})
        assert added == ["migrations/versions/1.py would come after the migrations of a project"]

    def test_released_is_what_has_a_version(self) -> None:
        assert is_released(CHANGELOG)
        assert not is_released("## [Unreleased]\n\n- Something [1.0.0]\n")


def test_no_output_is_binary() -> None:
    """Copier cannot merge such a file: the template's replaces the user's without a word."""
    files = [path for path in (ROOT / "template").rglob("*") if path.is_file()]
    assert [path for path in files if b"\0" in path.read_bytes()] == []


def test_no_output_is_ignored_by_git(tmp_path: Path) -> None:
    """An update overwrites ignored files, which git does not keep."""
    repository = new_repository(tmp_path)
    for answers in combinations():
        outputs = Layers(ROOT).output_paths(answers)
        ignored = outputs[".gitignore"].read_text(encoding="utf-8")
        repository.path(".gitignore").write_text(ignored, encoding="utf-8")
        assert repository.git("check-ignore", "--no-index", *outputs, check=False) == ""
