"""§1: counters shared through Redis."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from .service import Service, eventually, free_port
from .target import Target
from .test_items import ITEMS
from .test_rate_limits import wait_for_a_fresh_minute


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Yield the URL of an empty Redis and its process."""
    program = shutil.which("redis-server")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("redis-server is not on PATH")
        pytest.skip("redis-server is not on PATH")
    port = free_port()
    command = [
        program,
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        str(tmp_path),
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def listens() -> bool:
        with closing(socket.socket()) as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        assert eventually(listens)
        yield f"redis://127.0.0.1:{port}/0", server
    finally:
        server.kill()
        server.wait()


def test_processes_share_the_counters(
    target: Target, redis: tuple[str, subprocess.Popen[bytes]]
) -> None:
    url, server = redis
    settings = {"RATE_LIMIT_DEFAULT": "6/minute", "RATE_LIMIT_STORAGE_URL": url}
    with Service(target, **settings) as one, Service(target, **settings) as other:
        wait_for_a_fresh_minute()
        answers = [service.get(ITEMS).status_code for service in (one, other) * 4]
        assert answers == [401] * 6 + [429] * 2
        # A limiter that fails must not take the service with it.
        server.kill()
        server.wait()
        for service in (one, other) * 2:
            response = service.get(ITEMS, timeout=10)
            assert response.status_code in {401, 429, 503}, response.text
            assert service.get("/health/live", timeout=2).status_code == 200
