"""The service as an operator runs it: a process of its own, on a port."""

import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from app.database_url import EXAMPLE_URL
from tests.service import PATIENCE_SECONDS, environment_of, python_process, run_python

ITEMS = "/api/v1/items"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


class Service:
    """The running service and its address."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.address = ("127.0.0.1", port)
        wait_until(lambda: "ok" in self.get("/health/live"))

    def get(self, path: str) -> str:
        """Return the body, or nothing when no connection is accepted."""
        assert self.process.poll() is None, "the process is over"
        try:
            return httpx2.get(f"http://127.0.0.1:{self.address[1]}{path}", trust_env=False).text
        except httpx2.TransportError:
            return ""

    def accepts_connections(self) -> bool:
        try:
            socket.create_connection(self.address).close()
        except OSError:
            return False
        return True


@pytest.fixture
def service(database_url: str) -> Iterator[Service]:
    port = free_port()
    environment = environment_of(database_url, port=str(port))
    with python_process("-m", "app", environment=environment) as process:
        yield Service(process, port)


def test_bad_settings_end_the_start() -> None:
    environment = environment_of("http://ada:hunter2@db/orders", port="0")
    code, output, errors = run_python("-m", "app", environment=environment)
    assert code == 78
    assert [line.partition(":")[0] for line in errors.splitlines()] == ["DATABASE_URL", "PORT"]
    assert "hunter2" not in output + errors


@pytest.mark.parametrize("milliseconds", [0, 100, 300, 600])
def test_signal_during_the_start_ends_it(database_url: str, milliseconds: int) -> None:
    environment = environment_of(database_url, port=str(free_port()))
    with python_process("-m", "app", environment=environment) as process:
        time.sleep(milliseconds / 1000)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    # Before the program has handlers, the signal itself ends the process.
    assert process.returncode in {0, -signal.SIGTERM}
    assert not errors


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 here")
def test_any_address_is_both_families(database_url: str) -> None:
    port = free_port()
    environment = environment_of(database_url, host="::", port=str(port))
    with python_process("-m", "app", environment=environment) as process:
        service = Service(process, port)
        assert "ok" in service.get("/health/live")
        with socket.create_connection(("::1", port)) as connection:
            connection.sendall(b"GET /health/live HTTP/1.0\r\n\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_what_nothing_catches_is_one_line_and_the_end() -> None:
    code = "import app.__main__ as start; start.create_app = lambda _: 1 // 0; start.main()"
    exit_code, output, errors = run_python("-c", code, environment=environment_of(EXAMPLE_URL))
    assert exit_code == 70
    [line] = output.splitlines()
    failure = json.loads(line)
    assert failure["level"] == "critical"
    assert "ZeroDivisionError" in failure["exception"]
    assert not errors


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_full_disk_of_the_log_is_no_end(database_url: str) -> None:
    port = free_port()
    environment = environment_of(database_url, port=str(port))
    with (
        Path("/dev/full").open("w") as full,
        python_process("-m", "app", environment=environment, stdout=full) as process,
    ):
        service = Service(process, port)
        assert "unauthenticated" in service.get(ITEMS)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0


@pytest.mark.usefixtures("database")
def test_requests_in_flight_finish(service: Service, headers: dict[str, str]) -> None:
    body = b'{"title": "just in time"}'
    fields = {
        **headers,
        "Host": "service",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    with socket.create_connection(service.address, timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(f"POST {ITEMS} HTTP/1.1\r\n{head}\r\n".encode() + body[:5])
        # This request and the one for the metrics.
        wait_until(lambda: "http_requests_in_flight 2.0" in service.get("/metrics"))
        service.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not service.accepts_connections())
        connection.sendall(body[5:])
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 201 Created\r\n")
    assert b"just in time" in answer
    assert_clean_end(service.process)


def assert_clean_end(process: subprocess.Popen[str]) -> None:
    output, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    assert not errors
    lines = [json.loads(line) for line in output.splitlines()]
    assert {line["level"] for line in lines} == {"info"}
    assert not [line for line in lines if "Pool" in line["message"]], "the driver's own business"
    assert [line["status"] for line in lines if line.get("route") == ITEMS] == [201]
