"""Runs one instance of the service under test, and its commands."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, TypedDict, TypeVar, Unpack

import httpx

from .target import Target

AUTH_SECRET_KEY = secrets.token_urlsafe(48)
START_SECONDS = 40.0
STOP_SECONDS = 40.0
# Settings of the suite's own environment must not reach the service.
SETTINGS = {
    "APP_ENV", "HOST", "PORT", "LOG_LEVEL", "LOG_FORMAT",
    "DATABASE_URL", "DATABASE_POOL_SIZE", "DATABASE_TIMEOUT_SECONDS",
    "AUTH_SECRET_KEY", "ACCESS_TOKEN_TTL_SECONDS", "REFRESH_TOKEN_TTL_SECONDS",
    "REFRESH_REUSE_GRACE_SECONDS", "OIDC_ISSUER", "OIDC_AUDIENCE", "OIDC_JWKS_URL",
    "OIDC_ROLES_CLAIM", "CORS_ORIGINS", "TRUSTED_PROXIES", "RATE_LIMIT_DEFAULT",
    "RATE_LIMIT_AUTH", "RATE_LIMIT_STORAGE_URL", "MAX_BODY_BYTES", "METRICS_ENABLED",
    "DOCS_ENABLED", "SHUTDOWN_TIMEOUT_SECONDS", "REQUEST_TIMEOUT_SECONDS", "SESSION_TTL_SECONDS",
    "HSTS_INCLUDE_SUBDOMAINS", "VIRTUAL_ENV",
}  # fmt: skip

T = TypeVar("T")
Headers = Mapping[str, str]


class Options(TypedDict, total=False):
    """What a request may carry."""

    json: object
    content: str | bytes | Iterable[bytes]
    data: Mapping[str, str]
    headers: Headers | None
    params: Mapping[str, str]
    timeout: float


def environment(target: Target, **settings: str | None) -> dict[str, str]:
    """Return the environment of a process of the target; a setting that is None is unset."""
    inherited = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    ours: dict[str, str | None] = {
        "APP_ENV": "production",
        "HOST": "127.0.0.1",
        "DATABASE_URL": target.database.url,
        "RATE_LIMIT_DEFAULT": "off",
        "RATE_LIMIT_AUTH": "off",
    }
    if target.auth == "local":
        ours["AUTH_SECRET_KEY"] = AUTH_SECRET_KEY
    merged = {**inherited, **target.environment, **ours, **settings}
    return {name: value for name, value in merged.items() if value is not None}


def run_command(
    target: Target, argv: Sequence[str], *, stdin: str = "", **settings: str | None
) -> subprocess.CompletedProcess[str]:
    """Run a command of the target to its end, without a terminal."""
    return subprocess.run(
        argv,
        cwd=target.directory,
        env=environment(target, **settings),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        start_new_session=True,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(read: Callable[[], T], *, seconds: float = 5.0) -> T:
    """Return the first true result of `read`, or its last one when the time is over."""
    end = time.monotonic() + seconds
    while not (result := read()) and time.monotonic() < end:
        time.sleep(0.03)
    return result


def at_once(count: int, call: Callable[[int], T], *, workers: int | None = None) -> list[T]:
    """Return the results of `count` simultaneous calls, in order; of so many at a time."""
    with ThreadPoolExecutor(workers or count) as pool:
        return list(pool.map(call, range(count)))


class Service:
    """One instance: `with Service(target, MAX_BODY_BYTES="1000") as service:`."""

    # A file descriptor that gets all that it writes, which can then not be read here.
    sink: int | None = None

    def __init__(self, target: Target, **settings: str | None) -> None:
        self.target = target
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = environment(target, **{"PORT": str(self.port), **settings})
        self.http = httpx.Client(base_url=self.url, timeout=30, trust_env=False)
        # Passwords and tokens that were used with this instance: none may reach its output.
        self.secrets: set[str] = {AUTH_SECRET_KEY}
        self.process: subprocess.Popen[bytes] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="contract-")

    def __enter__(self) -> Service:
        try:
            self.start()
            self._wait_until_live()
        except BaseException:
            self.clean_up()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                code = self.stop()
                assert code == 0, f"exit code {code} after SIGTERM\n{self.output()[-3000:]}"
                self.assert_no_secret_in_output()
        finally:
            self.clean_up()

    def start(self) -> subprocess.Popen[bytes]:
        """Start the process and do not wait for anything."""
        folder = Path(self._folder.name)
        with (folder / "stdout").open("wb") as stdout, (folder / "stderr").open("wb") as stderr:
            self.process = subprocess.Popen(
                self.target.start,
                cwd=self.target.directory,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=stdout if self.sink is None else self.sink,
                stderr=stderr if self.sink is None else self.sink,
                start_new_session=True,
            )
        return self.process

    def get(self, path: str, **options: Unpack[Options]) -> httpx.Response:
        return self.http.request("GET", path, **options)

    def post(self, path: str, **options: Unpack[Options]) -> httpx.Response:
        return self.http.request("POST", path, **options)

    def patch(self, path: str, **options: Unpack[Options]) -> httpx.Response:
        return self.http.request("PATCH", path, **options)

    def delete(self, path: str, **options: Unpack[Options]) -> httpx.Response:
        return self.http.request("DELETE", path, **options)

    def request(self, method: str, path: str, **options: Unpack[Options]) -> httpx.Response:
        return self.http.request(method, path, **options)

    def terminate(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float = STOP_SECONDS) -> int:
        """Return the exit code; fail when the process is still there after `seconds`."""
        assert self.process
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running {seconds} s after SIGTERM") from None

    def stop(self) -> int:
        assert self.process
        self.http.close()
        if self.process.poll() is None:
            self.terminate()
        return self.wait()

    def remember(self, *secrets: str) -> None:
        """Have it asserted at the end that these passwords or tokens were not logged."""
        # One of few letters, such as twelve spaces, occurs in a log by chance.
        self.secrets.update(secret for secret in secrets if len(set(secret)) > 5)

    def stdout(self) -> str:
        return self._read("stdout")

    def stderr(self) -> str:
        return self._read("stderr")

    def output(self) -> str:
        return self.stdout() + self.stderr()

    def log(self, **wanted: object) -> list[dict[str, Any]]:
        """Return the JSON log lines that hold these values."""
        lines = (line for line in self.output().splitlines() if line.startswith("{"))
        entries = [json.loads(line) for line in lines if line.endswith("}")]
        return [e for e in entries if all(e.get(key) == value for key, value in wanted.items())]

    def wait_for_log(self, **wanted: object) -> dict[str, Any]:
        found = eventually(lambda: self.log(**wanted))
        assert found, f"no log line with {wanted}; the last ones:\n{self.output()[-2000:]}"
        return found[-1]

    def assert_no_secret_in_output(self) -> None:
        output = self.output()
        for secret in self.secrets:
            if (at := output.find(secret)) >= 0:
                # Only the surroundings: the report must not repeat the fault.
                raise AssertionError(f"a secret is logged after: {output[max(0, at - 200) : at]}")

    def _wait_until_live(self) -> None:
        assert self.process
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                if self.http.get("/health/live", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError(f"did not start ({self.process.poll()})\n{self.output()[-3000:]}")

    def _read(self, name: str) -> str:
        file = Path(self._folder.name) / name
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""

    def clean_up(self) -> None:
        """End what is left of it, whatever state it is in."""
        self.http.close()
        if self.process:
            # The group outlives its leader when a child was left behind.
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self._folder.cleanup()
