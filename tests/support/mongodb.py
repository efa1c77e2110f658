"""A MongoDB for the tests: the server that TEST_MONGODB_URL names, behind a port of our own.

`python mongodb.py stop|start FOLDER` is what the contract suite calls in its outage tests: it closes
and opens that port, and leaves the server alone.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import uuid4

from pymongo import MongoClient

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import Iterator

VARIABLE = "TEST_MONGODB_URL"
START_SECONDS = 10


class MongoDB:
    """The server through a port, whose state is kept below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def port(self) -> int:
        return int((self.folder / "port").read_text())

    def start(self) -> None:
        """Open the port; return when it accepts connections."""
        with (self.folder / "log").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, __file__, "serve", str(self.folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        (self.folder / "pid").write_text(str(process.pid))
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.05)
        sys.exit(f"the port does not open: {(self.folder / 'log').read_text()}")

    def stop(self) -> None:
        """Close the port and reset every connection."""
        os.kill(int((self.folder / "pid").read_text()), signal.SIGKILL)

    def serve(self) -> None:
        parts = urlsplit((self.folder / "server").read_text())
        asyncio.run(_serve(self.port, parts.hostname or "localhost", parts.port or 27017))

    def command(self, task: str) -> tuple[str, ...]:
        """Return the command line that stops or starts this port from any folder."""
        return (sys.executable, __file__, task, str(self.folder))

    def new_database(self, name: str) -> str:
        """Return the URL of a new, empty database; a name is used by one run only."""
        unique = f"{name}-{uuid4().hex[:8]}"
        with (self.folder / "databases").open("a") as names:
            names.write(f"{unique}\n")
        parts = urlsplit(self.url)
        return parts._replace(path=f"/{unique}").geturl()

    @property
    def url(self) -> str:
        """Return the URL of the server through the port."""
        parts = urlsplit((self.folder / "server").read_text())
        credentials = "".join(parts.netloc.rpartition("@")[:2])
        # With the name of the replica set a driver would go to its members, around the port.
        options = {name: value for name, value in parse_qsl(parts.query) if name != "replicaSet"}
        # Otherwise the account would be looked up in each new database.
        source = {"authSource": parts.path.strip("/") or "admin"} if parts.username else {}
        query = urlencode({**source, **options, "directConnection": "true"})
        netloc = f"{credentials}127.0.0.1:{self.port}"
        return parts._replace(netloc=netloc, query=query).geturl()

    def drop_databases(self) -> None:
        names = self.folder / "databases"
        client: MongoClient[dict[str, Any]]
        with MongoClient((self.folder / "server").read_text()) as client:
            for name in names.read_text().split() if names.exists() else ():
                client.drop_database(name)


@contextmanager
def running_mongodb(folder: Path) -> Iterator[MongoDB]:
    """Give the server of TEST_MONGODB_URL; what was made there goes with the block."""
    folder.mkdir(parents=True)
    (folder / "server").write_text(os.environ[VARIABLE])
    with socket.create_server(("127.0.0.1", 0)) as server:
        (folder / "port").write_text(str(server.getsockname()[1]))
    mongodb = MongoDB(folder)
    # Not by this process, which would be its parent and have to wait for its end.
    subprocess.run(mongodb.command("start"), check=True)
    try:
        yield mongodb
    finally:
        mongodb.stop()
        mongodb.drop_databases()


async def _serve(port: int, far_host: str, far_port: int) -> None:
    async def connect(reader: StreamReader, writer: StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(far_host, far_port)
        await asyncio.gather(_pass(reader, far_writer), _pass(far_reader, writer))

    server = await asyncio.start_server(connect, "127.0.0.1", port)
    await server.serve_forever()


async def _pass(reader: StreamReader, writer: StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


if __name__ == "__main__":
    getattr(MongoDB(Path(sys.argv[2])), sys.argv[1])()
