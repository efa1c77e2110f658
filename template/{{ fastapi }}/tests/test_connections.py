"""What clients do to a connection: the real server on a port, and sockets as clients have them."""

import asyncio
import json
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from structlog.testing import capture_logs

from app.database import Database
from tests.service import CLIENT, PATIENCE_SECONDS, listening, running_app, settings_of

ITEMS = "/api/v1/items"
BODY = b'{"title": "Tea"}'
LIVE = b"GET /health/live HTTP/1.1\r\nHost: service\r\n\r\n"
MAX_BODY_BYTES = 100_000
H2C = {
    "Connection": "Upgrade, HTTP2-Settings",
    "Upgrade": "h2c",
    "HTTP2-Settings": "AAMAAABkAAQAoAAAAAIAAAAA",
}


@dataclass
class Connection:
    """One connection of a client."""

    reader: StreamReader
    writer: StreamWriter

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of the next answer."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
            status, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value for name, value in (x.split(": ", 1) for x in lines)}
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return int(status.split()[1]), headers, body

    async def status(self) -> int:
        return (await self.answer())[0]

    async def rest(self) -> bytes:
        """Return all that comes until the server closes."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            try:
                return await self.reader.read()
            except ConnectionError:
                return b""


@dataclass
class Service:
    app: FastAPI
    port: int
    ended: asyncio.Event  # an endless answer

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        reader, writer = await asyncio.open_connection(CLIENT, self.port)
        yield Connection(reader, writer)
        writer.close()


@pytest.fixture(scope="module")
async def service(database_url: str) -> AsyncIterator[Service]:
    """Give a service that is impatient, and takes bodies that are not large."""
    settings = settings_of(
        database_url, request_timeout_seconds="1", max_body_bytes=str(MAX_BODY_BYTES)
    )
    ended = asyncio.Event()
    async with running_app(settings) as app:

        @app.get("/endless")
        async def endless() -> StreamingResponse:
            async def chunks() -> AsyncIterator[bytes]:
                try:
                    while True:
                        yield bytes(65_536)
                        await asyncio.sleep(0)
                finally:
                    ended.set()

            return StreamingResponse(chunks())

        @app.get("/slow")
        async def slow() -> None:
            await asyncio.sleep(1.5)

        async with listening(app) as port:
            yield Service(app, port, ended)


@pytest.fixture
async def connection(service: Service, database: Database) -> AsyncIterator[Connection]:  # noqa: ARG001
    async with service.connection() as connection:
        yield connection


def post(headers: dict[str, str], *, path: str = ITEMS) -> bytes:
    """Return the head of a request that creates an item."""
    fields = {"Host": "service", "Content-Type": "application/json", **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode()


@pytest.mark.parametrize("parts", ["one segment", "two segments", "chunks"])
async def test_offer_of_another_protocol_changes_nothing(
    connection: Connection, headers: dict[str, str], parts: str
) -> None:
    if parts == "chunks":
        length = {"Transfer-Encoding": "chunked"}
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
    else:
        length, body = {"Content-Length": str(len(BODY))}, BODY
    head = post({**headers, **H2C, **length})
    if parts == "two segments":
        connection.send(head + body[:3])
        await asyncio.sleep(0.05)
        connection.send(body[3:])
    else:
        connection.send(head + body)
    assert await connection.status() == 201
    connection.send(LIVE)
    assert await connection.status() == 200


async def test_offered_get_is_answered_once(connection: Connection) -> None:
    offer = "".join(f"{name}: {value}\r\n" for name, value in H2C.items()).encode()
    connection.send(LIVE[:-2] + offer + b"\r\n" + LIVE)
    assert [await connection.status() for _ in range(2)] == [200, 200]


async def test_pipelined_requests_are_answered_in_order(connection: Connection) -> None:
    connection.send(LIVE + LIVE.replace(b"live", b"none") + LIVE)
    assert [await connection.status() for _ in range(3)] == [200, 404, 200]


async def test_old_client_gets_one_answer(connection: Connection) -> None:
    connection.send(b"GET /health/live HTTP/1.0\r\n\r\n")
    answer = await connection.rest()
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b'{"status":"ok"}')


@pytest.mark.parametrize("length", ["Content-Length: 16", "Transfer-Encoding: chunked"])
async def test_nobody_asks_a_stranger_for_the_body(connection: Connection, length: str) -> None:
    name, value = length.split(": ")
    connection.send(post({"Expect": "100-continue", name: value}))
    assert await connection.status() == 401


async def test_awaited_body_is_asked_for(connection: Connection, headers: dict[str, str]) -> None:
    expected = {"Expect": "100-continue", "Content-Length": str(len(BODY))}
    connection.send(post({**headers, **expected}))
    assert await connection.status() == 100
    connection.send(BODY)
    assert await connection.status() == 201


async def test_trailers_are_no_headers(connection: Connection, headers: dict[str, str]) -> None:
    chunk = b"%x\r\n%b\r\n0\r\n" % (len(BODY), BODY)
    trailer = f"Authorization: {headers['Authorization']}\r\n\r\n".encode()
    connection.send(post({"Transfer-Encoding": "chunked"}))
    await asyncio.sleep(0.05)
    connection.send(chunk + trailer)
    assert await connection.status() == 401


@pytest.mark.parametrize("piece", [b";x" * 1000, b"x: y\r\n" * 100])
async def test_endless_framing_is_refused(
    connection: Connection, headers: dict[str, str], piece: bytes
) -> None:
    connection.send(post({**headers, "Transfer-Encoding": "chunked"}))
    connection.send(b"1" if piece.startswith(b";") else b"1\r\n{\r\n0\r\n")
    for _ in range(100):
        await asyncio.sleep(0)
        connection.send(piece)
    assert (await connection.rest()).startswith(b"HTTP/1.1 400 ")


def head_of(size: int) -> bytes:
    """Return a request whose head has this many bytes, its first line and its end aside."""
    prefix = LIVE[:-2] + b"X-Long: "
    counted = len("/health/live") + len("Host: service\r\n") + len("X-Long: \r\n")
    return prefix + b"x" * (size - counted) + b"\r\n\r\n"


@pytest.mark.parametrize(("size", "status"), [(16_384, 200), (16_385, 431), (200_000, 431)])
@pytest.mark.parametrize("pieces", [1, 3])
async def test_head_is_bounded(connection: Connection, size: int, status: int, pieces: int) -> None:
    data = head_of(size)
    step = len(data) // pieces + 1
    for start in range(0, len(data), step):
        connection.send(data[start : start + step])
        await asyncio.sleep(0.05)
    assert await connection.status() == status


async def test_endless_head_is_refused(connection: Connection) -> None:
    connection.send(b"GET / HTTP/1.1\r\nX-Long: ")
    for _ in range(10):
        connection.send(b"x" * 2000)
        await asyncio.sleep(0.01)
    assert (await connection.rest()).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("request_", [b"nonsense\r\n\r\n", b"CONNECT a:1 HTTP/1.1\r\n\r\n"])
async def test_what_is_no_request_is_refused(connection: Connection, request_: bytes) -> None:
    connection.send(LIVE + request_)
    answer = await connection.rest()
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert LIVE not in answer


async def test_broken_body_is_refused(connection: Connection, headers: dict[str, str]) -> None:
    connection.send(post({**headers, "Transfer-Encoding": "chunked"}))
    await asyncio.sleep(0.05)
    connection.send(b"zz\r\n")
    assert (await connection.rest()).startswith(b"HTTP/1.1 400 ")


async def test_unread_rest_is_dropped(connection: Connection) -> None:
    connection.send(post({"Content-Length": "5000"}))
    assert await connection.status() == 401
    connection.send(b" " * 5000 + LIVE)
    assert await connection.status() == 200


async def test_unread_rest_is_bounded(connection: Connection) -> None:
    connection.send(post({"Transfer-Encoding": "chunked"}))
    assert await connection.status() == 401
    chunk = b"2710\r\n" + b" " * 10_000 + b"\r\n"
    for _ in range(20):
        connection.send(chunk)
    assert await connection.rest() == b""


@pytest.mark.parametrize("announced", [True, False])
async def test_too_large_body_is_answered_before_the_end(
    connection: Connection, headers: dict[str, str], *, announced: bool
) -> None:
    size = 3 * MAX_BODY_BYTES
    length = {"Content-Length": str(size)} if announced else {"Transfer-Encoding": "chunked"}
    body = b" " * size if announced else b"%x\r\n" % size + b" " * size
    connection.send(post({**headers, **length}) + body)
    status, fields, answer = await connection.answer()
    assert (status, fields["connection"]) == (413, "close")
    assert json.loads(answer)["code"] == "body_too_large"
    assert await connection.rest() == b""


async def test_client_that_waits_for_the_end_is_told_soon(connection: Connection) -> None:
    connection.send(post({"Content-Length": "1000000"}))
    assert await connection.status() == 413
    assert await connection.rest() == b""


@pytest.mark.parametrize("sent", [b"", b"\r\n", b"GET / HTT"])
async def test_slow_head_has_a_deadline(service: Service, sent: bytes) -> None:
    with capture_logs() as logs:
        async with service.connection() as connection:
            connection.send(sent)
            assert (await connection.rest()).startswith(b"HTTP/1.1 408 ")
    assert [line["waiting_for"] for line in logs] == ["headers"]
    assert logs[0]["event"] == "client timed out"
    assert logs[0]["client"] == CLIENT


async def test_deadline_is_not_that_of_an_idle_connection(connection: Connection) -> None:
    for _ in range(2):
        connection.send(LIVE)
        assert await connection.status() == 200
        await asyncio.sleep(1.5)


async def test_deadline_is_not_that_of_a_slow_answer(connection: Connection) -> None:
    connection.send(b"GET /slow HTTP/1.1\r\nHost: service\r\n\r\n")
    assert await connection.status() == 200


async def drip(connection: Connection, piece: bytes) -> None:
    while True:
        connection.send(piece)
        await asyncio.sleep(0.1)


@pytest.mark.parametrize("part", ["headers", "body"])
async def test_drops_do_not_prolong_a_deadline(
    service: Service, headers: dict[str, str], part: str
) -> None:
    head = post({**headers, "Content-Length": "5000"})
    with capture_logs() as logs:
        async with service.connection() as connection:
            connection.send(head if part == "body" else head[:-2] + b"X-Slow: ")
            dripping = asyncio.create_task(drip(connection, b"x"))
            assert (await connection.rest()).startswith(b"HTTP/1.1 408 ")
            dripping.cancel()
        # The request of which some is known ends when the closed connection is noticed.
        await asyncio.sleep(0.05)
    timed_out = [line for line in logs if line["event"] == "client timed out"]
    assert [line["waiting_for"] for line in timed_out] == [part]
    assert headers["Authorization"] not in str(logs)


async def test_dropped_rest_has_a_deadline(service: Service) -> None:
    with capture_logs() as logs:
        async with service.connection() as connection:
            connection.send(post({"Content-Length": "5000"}))
            assert await connection.status() == 401
            assert await connection.rest() == b""
    assert [line["waiting_for"] for line in logs if "waiting_for" in line] == ["body"]


async def test_client_that_does_not_read_is_given_up(service: Service) -> None:
    service.ended.clear()
    with capture_logs() as logs, socket.create_connection((CLIENT, service.port)) as client:
        client.sendall(b"GET /endless HTTP/1.1\r\nHost: service\r\n\r\n")
        async with asyncio.timeout(PATIENCE_SECONDS):
            await service.ended.wait()
    assert "reading" in {line.get("waiting_for") for line in logs}


async def test_answers_that_nobody_reads_are_no_errors(service: Service) -> None:
    service.ended.clear()
    with capture_logs() as logs, socket.create_connection((CLIENT, service.port)) as client:
        client.sendall(b"GET /endless HTTP/1.1\r\nHost: service\r\n\r\n" + LIVE)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await service.ended.wait()
        await asyncio.sleep(0.05)
    assert "error" not in {line["log_level"] for line in logs}


async def test_silent_clients_hold_up_nobody(service: Service) -> None:
    silent = [await asyncio.open_connection(CLIENT, service.port) for _ in range(200)]
    async with service.connection() as connection, asyncio.timeout(1):
        connection.send(LIVE)
        assert await connection.status() == 200
    for _, writer in silent:
        writer.close()
