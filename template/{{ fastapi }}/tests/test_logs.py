import json
import logging
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
import structlog
from httpx2 import AsyncClient
from structlog.testing import capture_logs

from app.logging import configure_logging
from tests.service import CLIENT

type Capture = pytest.CaptureFixture[str]
type ReadLogs = Callable[[], list[dict[str, Any]]]


def start_logs(capsys: Capture, level: str = "info") -> ReadLogs:
    """Return what gives the log lines since its last call, all of them JSON."""
    configure_logging(level=level, log_format="json")
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


async def test_request_writes_one_line(client: AsyncClient, capsys: Capture) -> None:
    read_logs = start_logs(capsys)
    await client.get("/api/v1/items/5?token=hidden", headers={"X-Request-ID": "abc"})
    [line] = read_logs()
    assert line.pop("time").endswith("Z")
    assert 0 <= line.pop("duration_ms") < 10_000
    assert line == {
        "level": "info",
        "message": "request",
        "request_id": "abc",
        "method": "GET",
        "route": "/api/v1/items/{id}",
        "status": 401,
        "client": CLIENT,
    }


async def test_unknown_path_is_logged(client: AsyncClient, capsys: Capture) -> None:
    read_logs = start_logs(capsys)
    await client.get(f"/path/{'x' * 300}?token=hidden")
    [line] = read_logs()
    assert line["route"] == "unmatched"
    assert line["path"] == f"/path/{'x' * 194}"
    assert "hidden" not in str(line)


async def test_caller_is_logged(
    client: AsyncClient, headers: dict[str, str], capsys: Capture
) -> None:
    read_logs = start_logs(capsys)
    await client.post("/api/v1/items", json={"title": "Tea"}, headers=headers)
    await client.get("/api/v1/items", headers={"Authorization": "Bearer x"})
    signed_in, refused = read_logs()
    assert signed_in["subject"]
    assert "subject" not in refused


async def test_secrets_never_reach_a_log(
    client: AsyncClient, headers: dict[str, str], capsys: Capture
) -> None:
    read_logs = start_logs(capsys)
    cookies = {"Cookie": "session=hidden"}
    await client.get("/api/v1/items", headers={**headers, **cookies})
    await client.get("/api/v1/items", headers={"Authorization": "Bearer hidden"})
    text = str(read_logs())
    assert "hidden" not in text
    assert headers["Authorization"].removeprefix("Bearer ") not in text


async def test_rows_never_reach_a_log(
    client: AsyncClient, headers: dict[str, str], capsys: Capture
) -> None:
    read_logs = start_logs(capsys, level="debug")
    await client.post("/api/v1/items", json={"title": "hidden"}, headers=headers)
    await client.get("/api/v1/items", headers=headers)
    lines = read_logs()
    assert [line["method"] for line in lines] == ["POST", "GET"]
    assert "hidden" not in str(lines)


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
async def test_probes_are_logged_at_debug(client: AsyncClient, capsys: Capture, path: str) -> None:
    with capture_logs() as logs:
        await client.get(path)
    assert [(line["route"], line["log_level"]) for line in logs] == [(path, "debug")]
    read_logs = start_logs(capsys)
    await client.get(path)
    assert read_logs() == []


def test_libraries_write_the_same_lines(capsys: Capture) -> None:
    read_logs = start_logs(capsys)
    logging.getLogger("some.library").warning("%s left", 3)
    [line] = read_logs()
    assert (line["level"], line["message"]) == ("warning", "3 left")
    assert line["time"].endswith("Z")


def test_stack_is_one_line_of_json(capsys: Capture) -> None:
    read_logs = start_logs(capsys)
    try:
        _ = 1 // 0
    except ZeroDivisionError:
        structlog.get_logger().exception("broken", _event="broken")
    [line] = read_logs()
    assert (line["message"], line["event"]) == ("broken", "broken")
    assert "ZeroDivisionError" in line["exception"]


@pytest.mark.parametrize("error", [OSError(28, "no space left"), ValueError("closed file")])
def test_output_that_fails_is_no_failure(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(StringIO):
        def write(self, _: str) -> int:
            raise error

        def flush(self) -> None:
            raise error

    monkeypatch.setattr("sys.stdout", Broken())
    configure_logging(level="info", log_format="json")
    structlog.get_logger().info("started")
    logging.getLogger("some.library").warning("left")


def test_console_is_for_people(capsys: Capture) -> None:
    configure_logging(level="info", log_format="console")
    structlog.get_logger().info("started", port=8000)
    text = capsys.readouterr().out
    assert "started" in text
    assert "port=8000" in text
    assert "\x1b" not in text, "colours in what is no terminal"
