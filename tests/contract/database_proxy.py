"""A TCP proxy between a service and its database that can refuse, cut, end, stall or hang."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from types import TracebackType
from urllib.parse import parse_qsl, urlencode, urlsplit

PORTS = {"postgres": 5432, "mongodb": 27017}
Address = tuple[str, int] | str


def open_gate() -> threading.Event:
    gate = threading.Event()
    gate.set()
    return gate


class DatabaseProxy:
    """`with DatabaseProxy(kind, url) as proxy:` and give `proxy.url` to the service."""

    def __init__(self, kind: str, url: str) -> None:
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query))
        self._upstream = self._address(kind, parts.hostname, parts.port, query)
        if kind == "mongodb":
            # A driver that discovers the replica set would go around the proxy.
            query.pop("replicaSet", None)
            query["directConnection"] = "true"
        self._listener = socket.create_server(("127.0.0.1", 0))
        user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
        port = self._listener.getsockname()[1]
        self.url = parts._replace(netloc=f"{user}127.0.0.1:{port}", query=urlencode(query)).geturl()
        # What connections wait for before they pass something on; new ones for the last.
        self._gates = [open_gate()]
        self._refusing = False
        self._closed = False
        self._connections: set[socket.socket] = set()
        self.accepted = 0

    def __enter__(self) -> DatabaseProxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closed = True
        self.cut()
        self._open_gates()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def cut(self) -> None:
        """Reset every connection and every new one."""
        self._refusing = True
        for connection in list(self._connections):
            self._reset(connection)

    def end(self) -> None:
        """End every connection in an orderly way; new ones work."""
        for connection in list(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def reset(self) -> None:
        """Reset every connection; new ones work."""
        self.cut()
        self._refusing = False

    def hang(self) -> None:
        """Accept everything, pass on nothing."""
        for gate in self._gates:
            gate.clear()

    def stall(self) -> None:
        """Pass on nothing of the connections that are there; new ones work."""
        self.hang()
        self._gates.append(open_gate())

    def restore(self) -> None:
        self._refusing = False
        self._open_gates()

    def _open_gates(self) -> None:
        for gate in self._gates:
            gate.set()

    @staticmethod
    def _address(kind: str, host: str | None, port: int | None, query: dict[str, str]) -> Address:
        port = int(query.pop("port", port or PORTS[kind]))
        host = query.pop("host", host or "127.0.0.1")
        return f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port)

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._refusing:
                self._reset(client)
            else:
                self.accepted += 1
                arguments = (client, self._gates[-1])
                threading.Thread(target=self._serve, args=arguments, daemon=True).start()

    def _serve(self, client: socket.socket, gate: threading.Event) -> None:
        self._connections.add(client)
        gate.wait()
        try:
            server = self._connect()
        except OSError:
            self._reset(client)
            return
        self._connections.add(server)
        arguments = (server, client, gate)
        threading.Thread(target=self._pump, args=arguments, daemon=True).start()
        self._pump(client, server, gate)

    def _connect(self) -> socket.socket:
        if isinstance(self._upstream, str):
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._upstream)
            return server
        return socket.create_connection(self._upstream, timeout=None)

    def _pump(self, source: socket.socket, sink: socket.socket, gate: threading.Event) -> None:
        try:
            while data := source.recv(65536):
                gate.wait()
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            self._reset(source)
            self._reset(sink)

    def _reset(self, connection: socket.socket) -> None:
        self._connections.discard(connection)
        with suppress(OSError):
            # No lingering: the other end gets a reset instead of an orderly end.
            linger = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()
