"""§1: counters shared through Redis, and what holds while it is away."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .service import Service, at_once, eventually, free_port
from .target import Target
from .test_items import ITEMS
from .test_rate_limits import wait_for_a_fresh_minute

LIMIT = 6
AWAY = "rate limit storage unavailable"
PATIENCE_SECONDS = 0.25  # with the storage, once
PAUSE_SECONDS = 10  # before it is asked again
LOGIN = "/api/v1/auth/login"


class Redis:
    """A server of our own; it forgets everything when it is stopped."""

    def __init__(self, program: str, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = [
            *(program, "--port", str(self.port), "--bind", "127.0.0.1"),
            *("--save", "", "--dir", str(folder)),
        ]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        assert eventually(lambda: self.count() is not None), "Redis does not start"

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def hang(self) -> None:
        """Accept connections, as the kernel does, and answer nothing."""
        assert self.process
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGCONT)

    def count(self) -> int | None:
        """Return how many counters it keeps."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(b"DBSIZE\r\n")
                return int(connection.recv(100).strip().removeprefix(b":"))
        except OSError:
            return None


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    """Yield an empty Redis that is running."""
    program = shutil.which("redis-server")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("redis-server is not on PATH")
        pytest.skip("redis-server is not on PATH")
    server = Redis(program, tmp_path)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def limited(target: Target, redis: Redis) -> Service:
    limit = f"{LIMIT}/minute"
    return Service(
        target,
        RATE_LIMIT_DEFAULT=limit,
        RATE_LIMIT_STORAGE_URL=redis.url,
        TRUSTED_PROXIES="127.0.0.1",
    )


def answers(service: Service, count: int, client: str, path: str = ITEMS) -> list[int]:
    headers = {"X-Forwarded-For": client}
    return [service.get(path, headers=headers, timeout=5).status_code for _ in range(count)]


def assert_limited(service: Service, client: str) -> None:
    """Check that this client has the whole budget and no more."""
    assert answers(service, LIMIT + 3, client) == [401] * LIMIT + [429] * 3


def lines(service: Service) -> list[str]:
    """Return what the service says about the storage, in order."""
    messages = (str(line["message"]) for line in service.log())
    return [message for message in messages if message.startswith("rate limit storage")]


def test_processes_share_the_counters(target: Target, redis: Redis) -> None:
    with limited(target, redis) as one, limited(target, redis) as other:
        wait_for_a_fresh_minute()
        found = [answers(service, 1, "10.0.0.1")[0] for service in (one, other) * 4]
        assert found == [401] * LIMIT + [429] * 2
        assert lines(one) == lines(other) == []


def test_storage_that_goes_and_comes(target: Target, redis: Redis) -> None:
    """A limiter that fails takes neither the service nor the limits with it, and says so once."""
    with limited(target, redis) as service:
        wait_for_a_fresh_minute()
        assert_limited(service, "10.0.0.1")
        redis.stop()
        stopped = time.monotonic()
        for n in range(3):
            assert_limited(service, f"10.0.1.{n}")
        assert service.get("/health/ready").status_code == 200
        assert time.monotonic() - stopped < PAUSE_SECONDS - 2, "too slow to tell anything"
        assert lines(service) == [AWAY]
        redis.start()
        assert answers(service, 1, "10.0.2.0") == [401]
        assert redis.count() == 0, "is asked again too soon"
        time.sleep(max(0, stopped + PAUSE_SECONDS + 1.5 - time.monotonic()))
        wait_for_a_fresh_minute()
        assert_limited(service, "10.0.3.0")
        assert redis.count(), "is not asked again"
        assert len(lines(service)) == 2, "does not say once that it is back"
        # The next outage is another one.
        redis.stop()
        assert_limited(service, "10.0.4.0")
        assert lines(service).count(AWAY) == 2


def test_storage_that_hangs_is_not_waited_for(target: Target, redis: Redis) -> None:
    with limited(target, redis) as service:
        wait_for_a_fresh_minute()
        assert_limited(service, "10.0.0.1")
        redis.hang()
        start = time.monotonic()
        found = at_once(20, lambda n: answers(service, 1, f"10.1.0.{n}")[0])
        assert found == [401] * 20
        # Together, for those that were there: not each of them, and not each connection.
        assert time.monotonic() - start < 6 * PATIENCE_SECONDS
        start = time.monotonic()
        for n in range(4):
            assert_limited(service, f"10.2.0.{n}")
        # Waiting each time, these 36 would take nine seconds.
        assert time.monotonic() - start < 12 * PATIENCE_SECONDS, "each request waits"
        assert lines(service) == [AWAY]
        redis.go_on()
        time.sleep(PAUSE_SECONDS + 1)
        wait_for_a_fresh_minute()
        assert_limited(service, "10.3.0.1")
        assert len(lines(service)) == 2


@pytest.mark.local_accounts
def test_logins_are_limited_without_storage(target: Target, redis: Redis) -> None:
    """From the start on: nobody is there, as in a deployment in the wrong order."""
    redis.stop()
    settings: dict[str, str | None] = {"RATE_LIMIT_STORAGE_URL": redis.url}
    with Service(target, RATE_LIMIT_AUTH="10/minute", **settings) as service:
        wait_for_a_fresh_minute()
        found = [service.post(LOGIN, json={}, timeout=5).status_code for _ in range(15)]
        assert found == [422] * 10 + [429] * 5
        assert lines(service) == [AWAY]
