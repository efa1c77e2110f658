"""Requests that no HTTP client is willing to send."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPResponse

import httpx

from .service import Service


def connect(service: Service, *, seconds: float = 15.0) -> socket.socket:
    return socket.create_connection(("127.0.0.1", service.port), timeout=seconds)


def head(service: Service, method: str, target: str, headers: Mapping[str, str]) -> bytes:
    """Return a request's head; `target` and header values go out as they are (Latin-1)."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: 127.0.0.1:{service.port}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def read_answer(
    connection: socket.socket, service: Service, *, method: str, target: str
) -> httpx.Response:
    """Return the answer that arrives on the connection."""
    answer = HTTPResponse(connection, method=method)
    answer.begin()
    content = answer.read()
    return httpx.Response(
        answer.status,
        headers=[(k, v) for k, v in answer.getheaders() if k.lower() != "transfer-encoding"],
        content=content,
        request=httpx.Request(method, service.url + target),
        # httpx normalises the URL: checks need the target as it was sent.
        extensions={"target": target},
    )


def exchange(
    service: Service, method: str, target: str, headers: Mapping[str, str], body: bytes = b""
) -> httpx.Response:
    """Return the answer to a request sent byte by byte as given."""
    with connect(service) as connection:
        send(connection, head(service, method, target, {"Connection": "close", **headers}) + body)
        return read_answer(connection, service, method=method, target=target)


def send(connection: socket.socket, data: bytes) -> None:
    # Refused before all of it was sent: the answer is on its way.
    with suppress(BrokenPipeError, ConnectionResetError):
        connection.sendall(data)


def ends(connection: socket.socket) -> bool:
    """Return whether the other side ends the connection, before the time-out of the socket."""
    try:
        while connection.recv(65536):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        pass
    return True
