"""§7: SIGTERM at any moment of the start, and a log that can no longer be written."""

from __future__ import annotations

import os
import pty
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from .service import Service, at_once, eventually
from .target import Target
from .test_items import ITEMS

END_SECONDS = 8.0  # a start may take a few of them on a busy machine
# Before anybody handles the signal it ends the process (a shell says 143), afterwards it is a stop.
ENDED = {0, -signal.SIGTERM, 128 + signal.SIGTERM}
CAUGHT = re.compile(r"^SigCgt:\s*([0-9a-f]+)$", re.MULTILINE)


def after(seconds: float) -> Callable[[Service], None]:
    return lambda _: time.sleep(seconds)


def once_handled(seconds: float) -> Callable[[Service], None]:
    """Return a wait for the program's first handler: the kernel tells which signals have one."""

    def wait(service: Service) -> None:
        assert service.process
        file = Path(f"/proc/{service.process.pid}/status")

        def handled() -> bool:
            with suppress(OSError):
                found = CAUGHT.search(file.read_text())
                return bool(found and int(found[1], 16) >> (signal.SIGTERM - 1) & 1)
            return False

        end = time.monotonic() + 20
        while not handled() and time.monotonic() < end:
            time.sleep(0.002)
        time.sleep(seconds)

    return wait


def once_listening(service: Service) -> None:
    """Wait for the first moment at which a client gets through."""

    def listens() -> bool:
        with suppress(OSError), closing(socket.socket()) as probe:
            return bool(probe.connect_ex(("127.0.0.1", service.port)) == 0)
        return False

    eventually(listens, seconds=20)


MOMENTS = {
    "at-once": after(0),
    "soon": after(0.1),
    "later": after(0.4),
    "handled": once_handled(0),
    "just-handled": once_handled(0.03),
    "long-handled": once_handled(0.15),
    "nearly-ready": once_handled(0.4),
    "listening": once_listening,
}


@pytest.fixture(scope="module")
def ends(target: Target) -> dict[str, int | None]:
    """The exit code after SIGTERM at each moment; None when it went on. A few at a time."""
    found: dict[str, int | None] = {}
    todo = list(MOMENTS)

    def work(_: int) -> None:
        while todo:
            moment = todo.pop()
            service = Service(target)
            try:
                process = service.start()
                MOMENTS[moment](service)
                service.terminate()
                try:
                    found[moment] = process.wait(END_SECONDS)
                except subprocess.TimeoutExpired:
                    found[moment] = None
            finally:
                service.clean_up()

    at_once(2, work)
    return found


@pytest.mark.parametrize("moment", MOMENTS)
def test_sigterm_during_the_start_ends_it(ends: dict[str, int | None], moment: str) -> None:
    assert ends[moment] in ENDED


def full_disk() -> tuple[int, Callable[[], None]]:
    return os.open("/dev/full", os.O_WRONLY), lambda: None


def closed_pipe() -> tuple[int, Callable[[], None]]:
    reader, writer = os.pipe()
    return writer, lambda: os.close(reader)


def closed_terminal() -> tuple[int, Callable[[], None]]:
    ours, theirs = pty.openpty()
    return theirs, lambda: os.close(ours)


SINKS = {"full-disk": full_disk, "closed-pipe": closed_pipe, "closed-terminal": closed_terminal}


@pytest.mark.parametrize("sink", SINKS)
def test_service_outlives_its_log(target: Target, sink: str) -> None:
    output, fail = SINKS[sink]()
    try:
        service = Service(target)
        service.sink = output
        with service:
            fail()
            for _ in range(20):
                assert service.get("/nothing", timeout=5).status_code == 404
                assert service.get(ITEMS, timeout=5).status_code == 401
            assert service.get("/health/ready", timeout=5).status_code == 200
            # Leaving the block asserts that SIGTERM ends it with 0.
    finally:
        os.close(output)
