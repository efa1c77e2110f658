"""The files below a folder: found once, in a fixed order, within bounds, never outside of it."""

from __future__ import annotations

import os
import stat
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_ENTRIES = 50_000
MAX_DEPTH = 25
MAX_BYTES = 1_000_000
"""A manifest or a source file that is longer was not written by hand."""
MAX_TOTAL_BYTES = 100_000_000

# What tools fill in and what others wrote: nothing here was decided by the project.
_SKIPPED = frozenset(
    ".bzr .cache .direnv .eggs .git .gradle .hg .hypothesis .idea .mypy_cache .next .nox .nuxt .nx"
    " .output .parcel-cache .pnpm-store .pytest_cache .ruff_cache .serverless .svelte-kit .svn"
    " .terraform .tox .turbo .venv .vercel .yarn Carthage DerivedData Pods __pycache__"
    " bower_components build coverage dist htmlcov jspm_packages node_modules site-packages"
    " third_party vendor venv virtualenv".split()
)
_BUILT_BESIDE = {"target": {"Cargo.toml", "pom.xml"}, "out": {"package.json"}}


class Tree:
    """A folder that is read and never written. No method raises because of what is in it."""

    def __init__(self, root: Path) -> None:
        self.limits: list[str] = []
        self._root = Path(os.path.realpath(root))
        self._links: dict[str, str] = {}
        self._left = MAX_TOTAL_BYTES
        self.files: tuple[str, ...] = tuple(sorted(self._walk(), key=_order))

    def text(self, path: str) -> str | None:
        """Return the text of a file, or None when it cannot be read or is too large.

        Bytes that are not UTF-8 become replacement characters: names and structure stay readable.
        """
        content = self.content(path)
        if content is None:
            return None
        return content.decode("utf-8-sig", errors="replace").replace("\r\n", "\n")

    def content(self, path: str) -> bytes | None:
        """Return the bytes of a regular file, or None when it cannot be read or is too large.

        UTF-16 with its mark becomes UTF-8, so that everything else may look for words in bytes.
        """
        target = self._links.get(path) or os.path.join(self._root, path)  # noqa: PTH118
        # Neither a link that took the file's place meanwhile nor a pipe without a writer.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        try:
            descriptor = os.open(target, flags | getattr(os, "O_BINARY", 0))
        except (OSError, ValueError):
            self._limit(f"{path} cannot be read")
            return None
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return None
            if status.st_size > MAX_BYTES:
                self._limit(f"{path} has more than {MAX_BYTES:,} bytes, not read")
                return None
            if status.st_size > self._left:
                self._limit(f"more than {MAX_TOTAL_BYTES:,} bytes, the rest not read")
                return None
            content = os.read(descriptor, MAX_BYTES)
        except OSError:
            self._limit(f"{path} cannot be read")
            return None
        finally:
            os.close(descriptor)
        self._left -= len(content)
        if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
            return content.decode("utf-16", errors="replace").encode()
        return content

    def _limit(self, text: str) -> None:
        if text not in self.limits:
            self.limits.append(text)

    def _walk(self) -> Iterable[str]:
        """Yield the files, those near the root first, so that the bound takes the deep ones."""
        left = MAX_ENTRIES
        folders = deque([""])
        while folders:
            folder = folders.popleft()
            entries = self._entries(folder, left)
            left -= len(entries)
            if left <= 0:
                self._limit(f"more than {MAX_ENTRIES:,} files and folders, the rest not looked at")
            names = {entry.name for entry in entries}
            if "pyvenv.cfg" in names:
                continue
            for entry in entries:
                path = f"{folder}/{entry.name}" if folder else entry.name
                if entry.is_symlink():
                    if self._is_inside(path):
                        yield path
                elif entry.is_file(follow_symlinks=False):
                    yield path
                elif entry.is_dir(follow_symlinks=False) and not _is_skipped(entry.name, names):
                    if path.count("/") < MAX_DEPTH:
                        folders.append(path)
                    else:
                        self._limit(f"folders below {MAX_DEPTH} others not looked at")

    def _entries(self, folder: str, left: int) -> list[os.DirEntry[str]]:
        entries: list[os.DirEntry[str]] = []
        try:
            with os.scandir(os.path.join(self._root, folder)) as found:  # noqa: PTH118
                for entry in found:
                    if len(entries) >= left:
                        break
                    # A name with control characters is no manifest, and would garble the report.
                    if entry.name.isprintable():
                        entries.append(entry)
        except (OSError, ValueError):
            self._limit(f"{folder or 'the folder'} cannot be read")
        return sorted(entries, key=lambda entry: entry.name)

    def _is_inside(self, path: str) -> bool:
        """Tell whether a link leads to a regular file below the root; remember where to."""
        target = os.path.realpath(os.path.join(self._root, path))  # noqa: PTH118
        try:
            inside = os.path.commonpath([target, self._root]) == str(self._root)
            if not inside or not stat.S_ISREG(os.lstat(target).st_mode):
                return False
        except (OSError, ValueError):
            return False
        self._links[path] = target
        return True


def _is_skipped(name: str, siblings: set[str]) -> bool:
    return (
        name in _SKIPPED
        or name.endswith(".egg-info")
        or bool(_BUILT_BESIDE.get(name, set()) & siblings)
    )


def _order(path: str) -> tuple[int, str]:
    return path.count("/"), path


def parent(path: str) -> str:
    """Return the folder of a path, "" for the root itself."""
    return path.rpartition("/")[0]


def name_of(path: str) -> str:
    """Return the last part of a path."""
    return path.rpartition("/")[2]
