"""A real MongoDB for development and tests: the `mongod` on the PATH.

It is a replica set of one member, as MongoDB is run in production: only a replica set has change
streams, transactions and writes that the driver may repeat.
"""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

from fasteners import InterProcessLock
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

_HOST = "127.0.0.1"
_START_SECONDS = 60
_ALREADY_INITIALIZED = 23
_ADVICE = """\
There is no `mongod` on the PATH. Have one of these:

- MongoDB Community Server, from https://www.mongodb.com/docs/manual/installation/
- a container: docker run --detach --publish 127.0.0.1:27017:27017 mongo:8.0
- for development also a hosted one, for example a free cluster of https://www.mongodb.com/atlas

For a container or a server set {variable}, for example to {example}"""


@contextmanager
def development_database(root: Path) -> Iterator[str]:
    """Give the URL of the project's server, whose data survives the process."""
    example = "mongodb://127.0.0.1:27017/development in .env"
    with _running_server(root / ".data" / "mongodb", _program("DATABASE_URL", example)) as server:
        yield f"{server}/development?directConnection=true"


@contextmanager
def temporary_server() -> Iterator[str]:
    """Give the URL of a server for tests, whose data goes with the block."""
    program = _program("TEST_DATABASE_URL", "mongodb://127.0.0.1:27017")
    with (
        TemporaryDirectory(prefix="mongodb-", ignore_cleanup_errors=True) as folder,
        _running_server(Path(folder), program) as server,
    ):
        yield f"{server}/?directConnection=true"


def _program(variable: str, example: str) -> str:
    """Return the path of `mongod`; exit with the ways to get one when there is none."""
    return shutil.which("mongod") or sys.exit(_ADVICE.format(variable=variable, example=example))


@contextmanager
def _running_server(folder: Path, program: str) -> Iterator[str]:
    """Give the URL of the server that keeps its data in the folder.

    The first process starts it and ends it with itself; others use it while it is there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    server = _Server(folder, program)
    owner = InterProcessLock(folder / "owner.lock")
    if not owner.acquire(blocking=False):
        server.wait_until_primary()
        yield server.url()
        return
    try:
        server.stop_leftover()
        process = server.start()
        try:
            server.wait_until_primary(process)
            yield server.url()
        finally:
            process.terminate()
            process.wait()
    finally:
        owner.release()


class _Server:
    def __init__(self, folder: Path, program: str) -> None:
        self._program = program
        self._data = folder / "data"
        # The replica set knows its member by this port, so it is chosen once.
        self._port = folder / "port"
        self._log = folder / "log"

    def url(self) -> str:
        return f"mongodb://{_HOST}:{self._port.read_text()}"

    def stop_leftover(self) -> None:
        """Stop the server that a process which was killed has left behind, if there is one."""
        with suppress(PyMongoError, FileNotFoundError), self._client() as client:
            # Until it no longer answers, which ends this, too.
            while self._is_ours(client):
                client.admin.command("shutdown", force=True)

    def start(self) -> subprocess.Popen[bytes]:
        self._data.mkdir(exist_ok=True)
        if not self._port.exists():
            self._port.write_text(str(_free_port()))
        return subprocess.Popen(  # noqa: S603
            [
                *(self._program, "--dbpath", self._data, "--bind_ip", _HOST),
                *("--port", self._port.read_text(), "--replSet", "rs0"),
                # Otherwise it takes half of the machine's memory.
                *("--wiredTigerCacheSizeGB", "0.25"),
                *("--logpath", self._log, "--logappend"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            # Ctrl-C ends the service first, and then this.
            start_new_session=True,
        )

    def wait_until_primary(self, process: subprocess.Popen[bytes] | None = None) -> None:
        """Wait until the server takes writes; the process that has started it sets it up."""
        end = time.monotonic() + _START_SECONDS
        while not self._is_primary(initiate=process is not None):
            if time.monotonic() > end or (process and process.poll() is not None):
                self._give_up()
            time.sleep(0.1)

    def _is_primary(self, *, initiate: bool) -> bool:
        with suppress(PyMongoError, FileNotFoundError), self._client() as client:
            if not self._is_ours(client):
                return False
            if client.admin.command("hello")["isWritablePrimary"]:
                return True
            if initiate:
                self._initiate(client)
        return False

    def _client(self) -> MongoClient[dict[str, Any]]:
        return MongoClient(self.url(), directConnection=True, serverSelectionTimeoutMS=1_000)

    def _is_ours(self, client: MongoClient[dict[str, Any]]) -> bool:
        """Tell whether this server keeps its data here: another one may have taken the port."""
        options = client.admin.command("getCmdLineOpts")["parsed"]
        folder: str | None = options.get("storage", {}).get("dbPath")
        return folder == str(self._data)

    def _initiate(self, client: MongoClient[dict[str, Any]]) -> None:
        member = {"_id": 0, "host": f"{_HOST}:{self._port.read_text()}"}
        try:
            client.admin.command("replSetInitiate", {"_id": "rs0", "members": [member]})
        except OperationFailure as error:
            if error.code != _ALREADY_INITIALIZED:
                raise

    def _give_up(self) -> NoReturn:
        # Here, because that of a temporary server is removed with it.
        log = self._log.read_text().splitlines() if self._log.exists() else []
        said = f"MongoDB does not start on the port that {self._port} names. The end of its log:"
        sys.exit("\n".join([said, *log[-5:]]))


def _free_port() -> int:
    with socket.create_server((_HOST, 0)) as server:
        port: int = server.getsockname()[1]
        return port
