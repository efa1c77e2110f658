"""The SQLite file of development."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def development_database(root: Path) -> Iterator[str]:
    """Give the URL of the file in `.data/`, which survives the process."""
    folder = root / ".data"
    folder.mkdir(exist_ok=True)
    yield f"sqlite:///{folder / 'development.db'}"
