"""§1, §2: REQUEST_TIMEOUT_SECONDS, for clients that send nothing, drip, or do not read.

All of them are slow at once: a server that looks at intervals needs 30 s for the first one.
"""

from __future__ import annotations

import resource
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any

import httpx
import pytest

from .accounts import sign_up
from .checks import assert_problem
from .raw import connect, ends, head, read_answer, send
from .service import Service, at_once, eventually
from .target import Target
from .test_items import ITEMS

TIMEOUT = 1
INTERVAL = 30  # at which a server may look
PATIENCE = TIMEOUT + INTERVAL + 4
DRIP_SECONDS = 0.2
DESCRIPTORS = 15
IDLE_SECONDS = 7  # more than the five that servers come with, and their grace
LIVE = "/health/live"
LARGE = "/openapi.json"
JSON = {"Content-Type": "application/json"}
BEGINNING = b"HTTP/1.1 200 "
ANSWERS = 600  # more than any buffer holds


@dataclass(frozen=True)
class End:
    """How the service ended a connection."""

    seconds: float  # since its start
    received: bytes


def drip(connection: socket.socket, drops: bytes) -> End:
    """Send a byte now and then, for ever, and return how that ended."""
    start, received = time.monotonic(), b""
    connection.settimeout(DRIP_SECONDS)
    position = 0
    while time.monotonic() - start < PATIENCE:
        with suppress(OSError):
            connection.sendall(drops[position : position + 1])
            position += 1
        try:
            data = connection.recv(65536)
        except TimeoutError:
            continue
        except ConnectionError:
            data = b""
        if not data:
            return End(time.monotonic() - start, received)
        received += data
    raise AssertionError(f"still open after {PATIENCE} s")


def silent(service: Service, headers: dict[str, str]) -> End:
    with connect(service) as connection:
        return drip(connection, b"")


def dripping_head(service: Service, headers: dict[str, str]) -> End:
    with connect(service) as connection:
        send(connection, b"GET /health/live HTTP/1.1\r\nHost: x\r\n")
        return drip(connection, b"X-Slow: yes\r\n" * 100)


def half_a_head(service: Service, headers: dict[str, str]) -> End:
    with connect(service) as connection:
        send(connection, head(service, "GET", LIVE, {})[:-2])
        return drip(connection, b"")


def dripping_second_head(service: Service, headers: dict[str, str]) -> End:
    with connect(service) as connection:
        send(connection, head(service, "GET", LIVE, {}))
        answer = read_answer(connection, service, method="GET", target=LIVE)
        assert answer.status_code == 200
        return drip(connection, head(service, "GET", LIVE, {"X-Slow": "y" * 1000}))


def missing_body(service: Service, headers: dict[str, str]) -> End:
    with connect(service) as connection:
        length = {"Content-Length": "1000"}
        send(connection, head(service, "POST", ITEMS, headers | JSON | length) + b'{"title"')
        return drip(connection, b"")


def dripping_body(service: Service, headers: dict[str, str]) -> End:
    with connect(service) as connection:
        length = {"Content-Length": "1000"}
        send(connection, head(service, "POST", ITEMS, headers | JSON | length))
        return drip(connection, b" " * 999)


def dripping_chunks(service: Service, headers: dict[str, str]) -> End:
    with connect(service) as connection:
        chunked = {"Transfer-Encoding": "chunked"}
        send(connection, head(service, "POST", ITEMS, headers | JSON | chunked))
        return drip(connection, b"1\r\nx\r\n" * 200)


def dripping_rest(service: Service, headers: dict[str, str]) -> End:
    """Of a body that nobody wants: it was answered before."""
    with connect(service) as connection:
        length = {"Content-Length": "1000"}
        send(connection, head(service, "POST", ITEMS, JSON | length))
        return drip(connection, b" " * 999)


def dripping_rest_of_no_route(service: Service, headers: dict[str, str]) -> End:
    with connect(service) as connection:
        send(connection, head(service, "POST", "/nothing", {"Content-Length": "1000"}))
        return drip(connection, b" " * 999)


SLOW: dict[str, Callable[[Service, dict[str, str]], End]] = {
    "silent": silent,
    "dripping-head": dripping_head,
    "half-a-head": half_a_head,
    "dripping-second-head": dripping_second_head,
    "missing-body": missing_body,
    "dripping-body": dripping_body,
    "dripping-chunks": dripping_chunks,
    "dripping-rest": dripping_rest,
    "dripping-rest-of-no-route": dripping_rest_of_no_route,
}


def ask_for_much(service: Service) -> socket.socket:
    """Return a connection on which many long answers are due, and nobody reads them yet."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(15)
    connection.connect(("127.0.0.1", service.port))
    connection.sendall(head(service, "GET", LARGE, {}) * ANSWERS)
    return connection


def answers_on(connection: socket.socket, pause: Callable[[], object] = bool) -> int:
    """Return how many answers begin before the connection ends; there is a pause before each MB."""
    count, tail, read = 0, b"", 0
    with suppress(OSError):
        while count < ANSWERS and (data := connection.recv(2**16)):
            count += (tail + data).count(BEGINNING)
            tail = data[1 - len(BEGINNING) :]
            if (read := read + len(data)) > 2**20:
                pause()
                read = 0
    return count


def never_reading(service: Service) -> int:
    with ask_for_much(service) as connection:
        eventually(lambda: waiting(service, "reading"), seconds=PATIENCE)
        return answers_on(connection)


def waiting(service: Service, what: str) -> list[dict[str, object]]:
    return service.log(message="client timed out", waiting_for=what)


@pytest.fixture(scope="module")
def strict(target: Target) -> Iterator[Service]:
    settings = {"REQUEST_TIMEOUT_SECONDS": str(TIMEOUT), "DOCS_ENABLED": "true"}
    with Service(target, **settings) as running:
        yield running


@dataclass(frozen=True)
class Outcome:
    slow: dict[str, Future[End]]
    reading: Future[int]
    recovered: Future[float]
    idle: Future[int]
    fast: list[httpx.Response]


@pytest.fixture(scope="module")
def outcome(target: Target, strict: Service) -> Outcome:
    """What happened to the slow ones, and to a fast one beside them."""
    headers = sign_up(strict).headers
    with ThreadPoolExecutor(len(SLOW) + 3) as pool:
        slow = {name: pool.submit(client, strict, headers) for name, client in SLOW.items()}
        reading = pool.submit(never_reading, strict)
        recovered = pool.submit(seconds_without_descriptors, target)
        idle = pool.submit(status_after_a_pause, strict)
        fast = []
        going_on: list[Future[Any]] = [reading, recovered, idle, *slow.values()]
        while not all(each.done() for each in going_on):
            fast.append(strict.get(ITEMS, headers=headers))
            time.sleep(DRIP_SECONDS)
    return Outcome(slow, reading, recovered, idle, fast)


def status_after_a_pause(service: Service) -> int:
    """Return the status of a second request, on a connection that was idle before."""
    with connect(service) as connection:
        for pause in (0, IDLE_SECONDS):
            time.sleep(pause)
            send(connection, head(service, "GET", LIVE, {}))
            answer = read_answer(connection, service, method="GET", target=LIVE)
    return answer.status_code


def seconds_without_descriptors(target: Target) -> float:
    """Return how long silent clients keep others out when there are few file descriptors."""
    with Service(target, REQUEST_TIMEOUT_SECONDS=str(TIMEOUT)) as service, ExitStack() as stack:
        assert service.process
        service.http.close()
        pid = service.process.pid
        most = len(list(Path(f"/proc/{pid}/fd").iterdir())) + DESCRIPTORS
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (most, most))
        for _ in range(DESCRIPTORS + 5):
            stack.enter_context(connect(service))
        start = time.monotonic()
        while (taken := time.monotonic() - start) < 2 * PATIENCE:
            with suppress(httpx.TransportError):
                answer = httpx.get(service.url + LIVE, timeout=2, trust_env=False)
                assert answer.status_code == 200
                return taken
            time.sleep(DRIP_SECONDS)
        raise AssertionError("nobody is served any more")


@pytest.mark.parametrize("client", SLOW)
def test_slow_client_is_ended(outcome: Outcome, client: str) -> None:
    end = outcome.slow[client].result()
    assert TIMEOUT * 0.8 < end.seconds < PATIENCE


@pytest.mark.parametrize("client", ["missing-body", "dripping-body", "dripping-chunks"])
def test_missing_body_is_answered_if_at_all(outcome: Outcome, client: str) -> None:
    received = outcome.slow[client].result().received
    assert received == b"" or received.startswith(b"HTTP/1.1 408 ")


def test_client_that_does_not_read_is_ended(outcome: Outcome) -> None:
    assert outcome.reading.result() < ANSWERS


def test_others_are_served_meanwhile(outcome: Outcome) -> None:
    assert outcome.fast
    assert {answer.status_code for answer in outcome.fast} == {200}
    seconds = sorted(answer.elapsed.total_seconds() for answer in outcome.fast)
    # The machine of the tests has other work, too.
    assert seconds[len(seconds) * 9 // 10] < 1
    assert seconds[-1] < PATIENCE / 3


def test_idle_connection_is_kept(outcome: Outcome) -> None:
    assert outcome.idle.result() == 200


def test_descriptors_are_free_again(outcome: Outcome) -> None:
    assert outcome.recovered.result() < PATIENCE + INTERVAL


@pytest.mark.parametrize("what", ["headers", "body", "reading"])
def test_end_is_logged(outcome: Outcome, strict: Service, what: str) -> None:
    lines = waiting(strict, what)
    assert lines, "not logged"
    assert {line["client"] for line in lines} == {"127.0.0.1"}
    assert {str(line["level"]).lower() for line in lines} <= {"info", "warning", "warn"}


def test_idle_connection_is_not_slow(strict: Service) -> None:
    """The time for a head counts from its first byte: a browser may keep its connection."""
    with connect(strict) as connection:
        for _ in range(2):
            send(connection, head(strict, "GET", LIVE, {}))
            answer = read_answer(connection, strict, method="GET", target=LIVE)
            assert answer.status_code == 200
            time.sleep(2.5 * TIMEOUT)


def test_each_part_has_its_own_time(strict: Service) -> None:
    """As long for the body as for the head, whenever the service looks."""
    headers = sign_up(strict).headers | JSON | {"Content-Length": "14"}
    start = head(strict, "POST", ITEMS, headers)

    def slowly(number: int) -> int:
        time.sleep(number / 3)
        with connect(strict) as connection:
            for part in (start[:20], start[20:], b'{"title": "x"}'):
                send(connection, part)
                time.sleep(0.7 * TIMEOUT)
            return read_answer(connection, strict, method="POST", target=ITEMS).status_code

    assert at_once(3, slowly) == [201] * 3


def test_slow_reader_that_goes_on_is_served(strict: Service) -> None:
    start = time.monotonic()

    def slowly() -> None:
        # Altogether longer than a client may take that does not read at all.
        if time.monotonic() - start < 3 * TIMEOUT:
            time.sleep(0.25)

    with ask_for_much(strict) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**20)
        assert answers_on(connection, slowly) == ANSWERS


def test_late_answer_is_a_problem_or_none(strict: Service) -> None:
    headers = sign_up(strict).headers | JSON | {"Content-Length": "100"}
    with connect(strict, seconds=PATIENCE) as connection:
        send(connection, head(strict, "POST", ITEMS, headers))
        try:
            answer = read_answer(connection, strict, method="POST", target=ITEMS)
        except (HTTPException, ConnectionError):
            return
        assert answer.status_code == 408
        if answer.headers.get("Content-Type", "").startswith("application/problem+json"):
            assert_problem(answer, 408, answer.json()["code"])
        assert ends(connection)


@pytest.mark.only_with_all
def test_idle_connection_ends(service: Service) -> None:
    with connect(service, seconds=65 + INTERVAL) as connection:
        send(connection, head(service, "GET", LIVE, {}))
        read_answer(connection, service, method="GET", target=LIVE)
        start = time.monotonic()
        assert ends(connection)
        assert time.monotonic() - start > 55
