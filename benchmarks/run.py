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
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pymongo
from copier_backend.registry import load_registry

from benchmarks import rendering
from benchmarks.client import drive
from tests.contract.accounts import sign_up
from tests.contract.identity import Identity, believing
from tests.contract.providers import PROVIDERS
from tests.contract.service import AUTH_SECRET_KEY, Service, free_port, run_command
from tests.contract.target import DatabaseTarget, Target
from tests.contract.tokens import parts
from tests.support.mongodb import VARIABLE as MONGODB_URL
from tests.support.mongodb import running_mongodb
from tests.support.postgres import Postgres, running_postgres
from tests.support.projects import ROOT, install
from tests.support.render import render

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

# The least that the language of each framework can do.
BASELINES = {
    "fastapi": ("raw ASGI + asyncpg", "raw_asgi.py"),
    "express": ("raw node:http + pg", "raw_node.mjs"),
}
ITEMS = 10_000
# What a page costs the service does not depend on their number. What it costs a server that only
# speaks the protocol of MongoDB does: it sorts them all, and a service that mostly waits has the
# cost of waking up in each request.
MONGODB_ITEMS = 30
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
    """The same requests for a service and its baseline: they share the table and the key."""

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


@dataclass(eq=False)
class Server:
    """One server in a comparison, and what was measured of it."""

    name: str
    port: int
    pid: int
    start_seconds: float
    baseline: Server | None = None
    idle_mb: float = 0
    loaded_mb: float = 0
    cpu: dict[str, list[float]] = field(default_factory=dict)  # seconds a request, by operation

    def microseconds(self, operation: str) -> float:
        return statistics.median(self.cpu[operation]) * 1e6

    def factor(self, operation: str) -> float:
        return self.microseconds(operation) / (self.baseline or self).microseconds(operation)


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmark", description=__doc__)
    parser.add_argument("--rounds", type=int, default=6, help="how often each is measured")
    parser.add_argument("--seconds", type=float, default=1.5, help="length of a slice")
    parser.add_argument("--framework", choices=BASELINES, help="only this one; default: all")
    arguments = parser.parse_args()
    frameworks = [arguments.framework] if arguments.framework else list(BASELINES)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name, ExitStack() as stack:
        folder = Path(name)
        # The database server runs under an account of its own.
        folder.chmod(0o755)
        servers = dict(start_all(stack, folder, frameworks))
        measure(servers, rounds=arguments.rounds, seconds=arguments.seconds)
        templates = rendering.compare(folder, rounds=arguments.rounds)
    print(table(servers))
    print()
    print(rendering.table(templates))


def start_all(
    stack: ExitStack, folder: Path, frameworks: Sequence[str]
) -> Iterator[tuple[Server, Requests]]:
    """Start each service and the baseline of its language, on a database of their own.

    The same service stands beside it on the other kind of database, and with tokens of an identity
    provider: a signature that anybody can check costs more than one that only the service can make.
    """
    labels = {key: each.label for key, each in load_registry(ROOT / "technologies").items()}
    postgres = stack.enter_context(running_postgres(folder / "postgres"))
    for framework in frameworks:
        target = migrated(folder, framework, new_database(postgres, f"{framework}-local"), "local")
        service, requests = start(stack, folder, target)
        label, script = BASELINES[framework]
        command = (target.start[0], str(ROOT / "benchmarks" / script))
        _, claims = parts(requests.token)
        raw = stack.enter_context(
            baseline(label, command, target.directory, target.database.url, issuer=claims["iss"])
        )
        yield raw, requests
        service.name, service.baseline = f"{labels[framework]}, {labels['postgres']}", raw
        yield service, requests
        if MONGODB_URL in os.environ:
            mongodb = stack.enter_context(running_mongodb(folder / f"mongodb-{framework}"))
            database = DatabaseTarget("mongodb", mongodb.new_database(f"benchmark-{framework}"))
            other, requests = start(stack, folder, migrated(folder, framework, database, "local"))
            other.name, other.baseline = f"{labels[framework]}, {labels['mongodb']}", raw
            yield other, requests
        identity = Identity("oidc")
        stack.enter_context(identity.issuer)
        database = new_database(postgres, f"{framework}-oidc")
        target = believing(migrated(folder, framework, database, "oidc"), identity)
        other, requests = start(stack, folder, target)
        other.name, other.baseline = f"{service.name}, {identity.issuer.key.algorithm}", raw
        yield other, requests


def new_database(postgres: Postgres, name: str) -> DatabaseTarget:
    """Return an empty database of PostgreSQL."""
    return DatabaseTarget("postgres", postgres.create_database(name))


def migrated(folder: Path, framework: str, database: DatabaseTarget, auth: str) -> Target:
    """Return a rendered service on this database."""
    name = f"{framework}-{database.kind}-{auth}"
    project = install(
        name, render(folder / name, framework=framework, database=database.kind, auth=auth)
    )
    target = project.target(database)
    settings = PROVIDERS[auth].settings("http://127.0.0.1:9") if auth != "local" else {}
    done = run_command(target, target.migrate, **settings)
    if done.returncode:
        sys.exit(done.stderr)
    return target


def start(stack: ExitStack, folder: Path, target: Target) -> tuple[Server, Requests]:
    """Return a running service with many items, and the requests of their owner."""
    started = time.perf_counter()
    service = stack.enter_context(Service(target, **SETTINGS))
    start_seconds = time.perf_counter() - started
    assert service.process is not None
    session = sign_up(service)
    _, claims = parts(session.access_token)
    fill(folder, target.database, owner=claims["sub"])
    page = service.get("/api/v1/items", headers=session.headers).json()
    requests = Requests(session.access_token, page["items"][10]["id"])
    return Server(target.name, service.port, service.process.pid, start_seconds), requests


def fill(folder: Path, database: DatabaseTarget, *, owner: str) -> None:
    """Add the items of one owner."""
    if database.kind == "postgres":
        statements = FILL.format(owner=owner, count=ITEMS)
        Postgres(folder / "postgres").run_sql(database.url, statements)
        return
    now = datetime.now(UTC)
    items: list[dict[str, Any]] = [
        {
            "_id": str(uuid4()),
            "owner_id": owner,
            "title": f"Item {number}",
            "description": f"Description of item {number}",
            "created_at": now - timedelta(seconds=number),
            "updated_at": now,
        }
        for number in range(MONGODB_ITEMS)
    ]
    with pymongo.MongoClient[dict[str, Any]](database.url) as client:
        client.get_default_database()["items"].insert_many(items)


@contextmanager
def baseline(
    label: str, command: Sequence[str], folder: Path, database_url: str, *, issuer: str
) -> Iterator[Server]:
    """Give a baseline, on the interpreter and the libraries of its service."""
    port = free_port()
    variables = {
        **os.environ,
        "DATABASE_URL": database_url,
        "AUTH_SECRET_KEY": AUTH_SECRET_KEY,
        "TOKEN_ISSUER": issuer,
        "NODE_ENV": "production",
    }
    started = time.perf_counter()
    process = subprocess.Popen([*command, str(port)], cwd=folder, env=variables)
    try:
        while not alive(port):
            time.sleep(0.02)
        yield Server(label, port, process.pid, time.perf_counter() - started)
    finally:
        process.terminate()
        process.wait()


def alive(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/live", trust_env=False).is_success
    except httpx.TransportError:
        return False


def measure(servers: Mapping[Server, Requests], *, rounds: int, seconds: float) -> None:
    for server, requests in servers.items():
        server.idle_mb = memory_mb(server.pid)
        for operation in OPERATIONS:
            requests.send(server.port, operation, seconds / 2)
    for turn in range(rounds):
        for operation in OPERATIONS:
            # Forward and backward, so that a neighbour that wakes up hits no server more often.
            for server in list(servers)[:: 1 if turn % 2 else -1]:
                before = cpu_seconds(server.pid)
                answered = servers[server].send(server.port, operation, seconds)
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


def table(servers: Iterable[Server]) -> str:
    """Return the result as Markdown; each service is compared with its language's baseline."""
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
            f"{server.microseconds(operation):.0f} µs ({server.factor(operation):.1f} ×)"
            for operation in OPERATIONS
        ]
        memory = f"{server.idle_mb:.0f} / {server.loaded_mb:.0f} MB"
        cells += [f"{server.start_seconds:.1f} s", memory]
        lines.append(f"| {server.name} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
