"""The SQLite files of the tests."""

from collections.abc import Callable
from uuid import uuid4

import pytest


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], str]:
    """Give what returns the URL of a new file."""
    folder = tmp_path_factory.mktemp("databases")
    return lambda: f"sqlite:///{folder / uuid4().hex}.db"
