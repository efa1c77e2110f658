"""Random changes of a tree of text files, in which every added line can be told from all others."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

KINDS = ("insert", "replace", "append", "cut", "delete", "move", "add", "binary")
# What lines end in that tools like to touch.
_ENDINGS = ("\n", "\n", "\n", "  \n", "\t\n", "\r\n", " é\n", " {{ x }}\n")


@dataclass(frozen=True)
class Edit:
    """One change; the numbers choose among the files and lines that there are."""

    kind: str
    file: int
    line: int
    count: int
    ending: str
    name: str  # of a file that is added, or the new one of a file that moves


def edits(names: Sequence[str], kinds: Sequence[str] = KINDS) -> st.SearchStrategy[list[Edit]]:
    """Return scripts of changes that use these names for new files."""
    number = st.integers(0, 200)
    edit = st.builds(
        Edit,
        st.sampled_from(kinds),
        number,
        number,
        st.integers(1, 4),
        st.sampled_from(_ENDINGS),
        st.sampled_from(names),
    )
    return st.lists(edit, min_size=1, max_size=8)


def apply(
    script: Iterable[Edit], folder: Path, who: str, *, fits: Callable[[Path], bool] | None = None
) -> None:
    """Change files below the folder, those that fit; each added line starts with `who`."""
    for turn, edit in enumerate(script):
        # Copier's own file of answers is not for editing.
        files = sorted(path for path in text_files(folder) if "answers" not in path.name)
        files = [path for path in files if fits is None or fits(path)]
        lines = [f"{who} {turn}.{number}{edit.ending}" for number in range(edit.count)]
        if edit.kind == "add":
            _add(folder / edit.name, "".join(lines))
        elif edit.kind == "binary":
            _add(folder / f"{edit.name}.bin", "\0" + "".join(lines))
        elif edit.kind == "move" and files:
            _add(folder / edit.name, "", moved=files[edit.file % len(files)])
        elif edit.kind == "delete" and files:
            files[edit.file % len(files)].unlink()
        elif files:
            _edit(files[edit.file % len(files)], edit, lines)


def _add(path: Path, text: str, moved: Path | None = None) -> None:
    """Make the file unless its name is taken."""
    if path.exists() or any(parent.is_file() for parent in path.parents):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if moved:
        shutil.move(moved, path)
    else:
        path.write_bytes(text.encode())


def _edit(path: Path, edit: Edit, lines: list[str]) -> None:
    text = path.read_bytes().decode().splitlines(keepends=True)
    if text and not text[-1].endswith("\n"):
        text[-1] += "\n"
    at = edit.line % (len(text) + 1)
    match edit.kind:
        case "insert":
            text[at:at] = lines
        case "replace":
            text[at : at + edit.count] = lines
        case "cut":
            del text[at : at + edit.count]
        case "append":
            # Without a line end after the last line, as some editors leave it.
            text += [*lines[:-1], lines[-1].rstrip()]
    path.write_bytes("".join(text).encode())


def text_files(folder: Path) -> list[Path]:
    """Return the files without a zero byte, git's own left out."""
    return [
        path
        for path in folder.rglob("*")
        if path.is_file()
        and ".git" not in path.relative_to(folder).parts
        and b"\0" not in path.read_bytes()
    ]


def added_lines(content: bytes, who: str) -> set[bytes]:
    """Return every line that `who` added."""
    return {line for line in content.splitlines() if line.startswith(f"{who} ".encode())}
