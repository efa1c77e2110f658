"""Measures rendered services against the least that each language could do.

`uv run poe benchmark` prints a Markdown table, and another one about rendering. All servers of a
comparison run at the same time and are visited in turns, in short slices, so that whatever else the
machine does hits all of them. The figure to trust is the server's CPU time for one request: it
depends least on how busy the machine is.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from benchmarks import rendering
from benchmarks.client import drive
from tests.contract.accounts import sign_up
from tests.contract.service import AUTH_SECRET_KEY, Service, free_port, run_command
from tests.contract.target import DatabaseTarget
from tests.contract.tokens import parts
from tests.support.postgres import running_postgres
from tests.support.projects import ROOT, install
from tests.support.render import render

if TYPE_CHECKING:
    from collections.abc import Iterator

ITEMS = 10_000
OPERATIONS = ("list", "get", "create")
# As much work as in production, and no request refused.
SETTINGS = {
    "RATE_LIMIT_DEFAULT": "100000000/minute",
    "ACCESS_TOKEN_TTL_SECONDS": "86400",
}
FILL = """
INSERT INTO items (id, owner_id, title, description, created_at, updated_at)
SELECT gen_random_uuid(), '{owner}', 'Item ' || n, 'Description of item ' || n, t, t
FROM generate_series(1, {count}) AS n, LATERAL (SELECT now() - n * interval '1 second' AS t) AS _;
ANALYZE items;
"""


@dataclass
class Requests:
    """The same requests for every server: they share the table and the key."""

    token: str
    item_id: str

    def send(self, port: int, operation: str, seconds: float) -> int:
        path = "/api/v1/items"
        if operation == "get":
            path = f"{path}/{self.item_id}"
        if operation != "create":
            return drive(port, "GET", path, token=self.token, seconds=seconds)
        body = b'{"title":"Benchmark"}'
        return drive(port, "POST", path, token=self.token, body=body, status=201, seconds=seconds)


@dataclass
class Server:
    """One server in a comparison, and what was measured of it."""

    name: str
    port: int
    pid: int
    start_seconds: float
    idle_mb: float = 0
    loaded_mb: float = 0
    cpu: dict[str, list[float]] = field(default_factory=dict)  # seconds a request, by operation

    def microseconds(self, operation: str) -> float:
        return statistics.median(self.cpu[operation]) * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmark", description=__doc__)
    parser.add_argument("--rounds", type=int, default=6, help="how often each is measured")
    parser.add_argument("--seconds", type=float, default=1.5, help="length of a slice")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name, ExitStack() as stack:
        folder = Path(name)
        # The database server runs under an account of its own.
        folder.chmod(0o755)
        servers, requests = start_all(stack, folder)
        measure(servers, requests, rounds=arguments.rounds, seconds=arguments.seconds)
        templates = rendering.compare(folder, rounds=arguments.rounds)
    print(table(servers))
    print()
    print(rendering.table(templates))


def start_all(stack: ExitStack, folder: Path) -> tuple[list[Server], Requests]:
    """Start a service and the baseline of its language on one database."""
    postgres = stack.enter_context(running_postgres(folder / "postgres"))
    url = postgres.create_database("benchmark")
    project = install(
        "fastapi-postgres-local",
        render(folder / "fastapi", framework="fastapi", database="postgres"),
    )
    target = project.target(DatabaseTarget("postgres", url))
    migrated = run_command(target, target.migrate)
    if migrated.returncode:
        sys.exit(migrated.stderr)

    started = time.perf_counter()
    service = stack.enter_context(Service(target, **SETTINGS))
    start_seconds = time.perf_counter() - started
    assert service.process is not None
    fastapi = Server("FastAPI", service.port, service.process.pid, start_seconds)

    session = sign_up(service)
    token = session.headers["Authorization"].partition(" ")[2]
    _, claims = parts(token)
    postgres.run_sql(url, FILL.format(owner=claims["sub"], count=ITEMS))
    page = service.get("/api/v1/items", headers=session.headers).json()
    raw = raw_asgi(Path(target.start[0]), url, issuer=claims["iss"])
    return [stack.enter_context(raw), fastapi], Requests(token, page["items"][10]["id"])


@contextmanager
def raw_asgi(python: Path, database_url: str, *, issuer: str) -> Iterator[Server]:
    """Give the Python baseline, on the interpreter and the libraries of the service."""
    port = free_port()
    variables = {
        **os.environ,
        "DATABASE_URL": database_url,
        "AUTH_SECRET_KEY": AUTH_SECRET_KEY,
        "TOKEN_ISSUER": issuer,
    }
    started = time.perf_counter()
    process = subprocess.Popen(
        [python, ROOT / "benchmarks" / "raw_asgi.py", str(port)], env=variables
    )
    try:
        while not alive(port):
            time.sleep(0.02)
        yield Server("raw ASGI + asyncpg", port, process.pid, time.perf_counter() - started)
    finally:
        process.terminate()
        process.wait()


def alive(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/live", trust_env=False).is_success
    except httpx.TransportError:
        return False


def measure(servers: list[Server], requests: Requests, *, rounds: int, seconds: float) -> None:
    for server in servers:
        server.idle_mb = memory_mb(server.pid)
        for operation in OPERATIONS:
            requests.send(server.port, operation, seconds / 2)
    for _ in range(rounds):
        for operation in OPERATIONS:
            for server in servers:
                before = cpu_seconds(server.pid)
                answered = requests.send(server.port, operation, seconds)
                spent = cpu_seconds(server.pid) - before
                server.cpu.setdefault(operation, []).append(spent / answered)
    for server in servers:
        server.loaded_mb = memory_mb(server.pid)


def cpu_seconds(pid: int) -> float:
    """Return the user and system time of a process so far."""
    # proc(5): utime and stime are the 14th and 15th field; the name may hold blanks.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    """Return the proportional set size of a process."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    kilobytes = next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1]
    return int(kilobytes) / 1024


def table(servers: list[Server]) -> str:
    """Return the result as Markdown; the first server is the one that others are compared with."""
    base = servers[0]
    lines = [
        (
            f"Measured on {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, "
            f"{platform.system()} {platform.machine()}, one process, {ITEMS} items; "
            "CPU time of the server for one request."
        ),
        "",
        "| server | list of 20 | get | create | start | memory idle / loaded |",
        "|---|---|---|---|---|---|",
    ]
    for server in servers:
        cells = [
            f"{server.microseconds(operation):.0f} µs "
            f"({server.microseconds(operation) / base.microseconds(operation):.1f} ×)"
            for operation in OPERATIONS
        ]
        memory = f"{server.idle_mb:.0f} / {server.loaded_mb:.0f} MB"
        cells += [f"{server.start_seconds:.1f} s", memory]
        lines.append(f"| {server.name} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
