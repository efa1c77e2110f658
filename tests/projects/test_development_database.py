"""The embedded server of `dev` and of the commands, after something went wrong with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.support.postgres import running_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.postgres import Postgres
    from tests.support.projects import Project

pytestmark = pytest.mark.on_database("postgres")


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A program of the account that runs the server, which has nothing to do with it."""
    account = "nobody" if os.geteuid() == 0 else None
    with subprocess.Popen(["sleep", "600"], user=account) as process:
        yield process
        process.kill()


@pytest.fixture
def other_server(workshop: Path) -> Iterator[Postgres]:
    with running_postgres(workshop / f"other-{uuid4().hex[:8]}") as server:
        yield server


def data_folder(project: Project) -> Path:
    """Return the data of the project's server, which as root is elsewhere."""
    record = project.directory / ".data" / "postgres-folder"
    folder = Path(record.read_text()) if record.exists() else record.with_name("postgres")
    return folder / "server" / "data"


def pretend_to_run(data: Path, process: int, port: int) -> None:
    """Leave the file of a server that was killed, with a number that another process has now."""
    lines = [process, data, int(time.time()), port, "", "127.0.0.1", 0, "ready   "]
    file = data / "postmaster.pid"
    file.write_text("\n".join(str(line) for line in lines) + "\n")
    shutil.chown(file, data.stat().st_uid, data.stat().st_gid)
    file.chmod(0o600)


def test_process_with_the_number_of_a_dead_server_is_left_alone(
    bare: Project, stranger: subprocess.Popen[bytes], other_server: Postgres
) -> None:
    """A machine that went down hard gives the number to somebody else when it is back."""
    assert bare.task("migrate").returncode == 0
    data = data_folder(bare)
    server = int((other_server.data / "postmaster.pid").read_text().splitlines()[0])
    dead = subprocess.Popen(["true"])
    dead.wait()
    # Nobody listens on port 1; on the other one there is a server, and not that of the project.
    cases = [
        (stranger.pid, 1),
        (stranger.pid, other_server.port),
        (server, other_server.port),
        (dead.pid, 1),
    ]
    for process, port in cases:
        pretend_to_run(data, process, port)
        migrated = bare.task("migrate")
        assert migrated.returncode == 0, migrated.stdout + migrated.stderr
        assert stranger.poll() is None, "a stranger got a signal"
        os.kill(server, 0)
        assert not (data / "postmaster.pid").exists(), "the server was left running"


def test_half_written_file_is_no_obstacle(bare: Project) -> None:
    """The disk was full, or the machine went down while it was written."""
    assert bare.task("migrate").returncode == 0
    for text in ("", "17\n/nowhere\n"):
        (data_folder(bare) / "postmaster.pid").write_text(text)
        migrated = bare.task("migrate")
        assert migrated.returncode == 0, migrated.stdout + migrated.stderr
