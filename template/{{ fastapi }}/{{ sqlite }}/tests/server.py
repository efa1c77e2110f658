"""The SQLite files of the tests."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

EXPLAIN = "EXPLAIN QUERY PLAN"
SORT = "TEMP B-TREE"  # what a plan says when no index gives the order
UNREACHABLE_URL = f"sqlite:///{Path(__file__).parent}"  # a folder


def file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], str]:
    """Give what returns the URL of a new file."""
    folder = tmp_path_factory.mktemp("databases")
    return lambda: f"sqlite:///{folder / uuid4().hex}.db"
