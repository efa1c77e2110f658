"""§1: bad settings stop the process before it listens."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from .checks import assert_problem
from .service import Service, free_port, run_command
from .target import Target

SECRET = "sesame-4f1c"  # stands in values whose problem is reported
BAD: dict[str, dict[str, str | None]] = {
    "APP_ENV": {"APP_ENV": "staging"},
    "PORT": {"PORT": "http"},
    "DATABASE_URL-missing": {"DATABASE_URL": None},
    "DATABASE_URL-other-scheme": {"DATABASE_URL": f"ldap://user:{SECRET}@db.example/app"},
    "CORS_ORIGINS-any-of-two": {"CORS_ORIGINS": "https://app.example,*"},
    "CORS_ORIGINS-any-by-default": {"APP_ENV": None, "CORS_ORIGINS": "*"},
}
BAD_KEYS: dict[str, dict[str, str | None]] = {
    "AUTH_SECRET_KEY-missing": {"AUTH_SECRET_KEY": None},
    "AUTH_SECRET_KEY-31-bytes": {"AUTH_SECRET_KEY": SECRET.ljust(31, "x")},
    "AUTH_SECRET_KEY-published": {
        "AUTH_SECRET_KEY": "development-only-key-never-use-it-in-production"
    },
}
MANY: dict[str, str | None] = {
    "APP_ENV": "production",
    "PORT": "70000",
    "LOG_LEVEL": "loud",
    "LOG_FORMAT": "xml",
    "DATABASE_URL": f"ldap://user:{SECRET}@db.example/app",
    "DATABASE_POOL_SIZE": "-1",
    "DATABASE_TIMEOUT_SECONDS": "soon",
    "CORS_ORIGINS": "*",
    "TRUSTED_PROXIES": "300.1.2.3",
    "RATE_LIMIT_DEFAULT": "5 per fortnight!",
    "MAX_BODY_BYTES": "-5",
    "METRICS_ENABLED": "perhaps",
    "DOCS_ENABLED": "perhaps",
    "SHUTDOWN_TIMEOUT_SECONDS": "soon",
    "REQUEST_TIMEOUT_SECONDS": "0",
    "HSTS_INCLUDE_SUBDOMAINS": "perhaps",
}
MANY_LOCAL: dict[str, str | None] = {
    "AUTH_SECRET_KEY": SECRET,
    "ACCESS_TOKEN_TTL_SECONDS": "soon",
    "REFRESH_TOKEN_TTL_SECONDS": "-1",
    "REFRESH_REUSE_GRACE_SECONDS": "-1",
    "RATE_LIMIT_AUTH": "plenty",
    "SESSION_TTL_SECONDS": "0",
}
# Two rates and two numbers for one start, which costs a second.
BAD_VALUES = [
    ("10/second;300/minute", "10/second, 300/minute", "3601", "315360001"),
    ("10/second 300/minute", "10/minute;", "1.5", "1.5"),
    ("0/minute", "10/0 minutes", "-1", "-1"),
    ("-1/minute", "1.5/minute", "soon", "soon"),
    ("10/fortnight", "10/min", "1e3", "1e3"),
    ("1e3/minute", "\u0663/minute", "60 seconds", "90 days"),
    ("10 minutes", "10/5/minute", "0x10", "0x10"),
    ("10//minute", "minute", "\u0663\u0660", "\u0663\u0660"),
]
MANY_VALUES = (
    "RATE_LIMIT_DEFAULT",
    "RATE_LIMIT_AUTH",
    "REQUEST_TIMEOUT_SECONDS",
    "SESSION_TTL_SECONDS",
)
NO_RATE = "must be off or one rate such as 300/minute"
BAD_IDENTITY: dict[str, dict[str, str | None]] = {
    "OIDC_ISSUER-missing": {"OIDC_ISSUER": None},
    "OIDC_ISSUER-no-url": {"OIDC_ISSUER": SECRET},
    "OIDC_AUDIENCE-blank": {"OIDC_AUDIENCE": " , "},
    "OIDC_JWKS_URL-plain-http": {"OIDC_JWKS_URL": f"http://keys.example/{SECRET}"},
    "OIDC_JWKS_URL-credentials": {"OIDC_JWKS_URL": f"https://me:{SECRET}@keys.example/"},
}
MANY_IDENTITY: dict[str, str | None] = {
    "OIDC_ISSUER": SECRET,
    "OIDC_AUDIENCE": ",",
    "OIDC_JWKS_URL": f"file:///{SECRET}",
}
PROBLEM = re.compile(r"^([A-Z][A-Z0-9_]+): \S.*$", re.MULTILINE)


def many(target: Target) -> dict[str, str | None]:
    return MANY | (MANY_LOCAL if target.auth == "local" else MANY_IDENTITY)


def names(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return the names of the settings that stderr complains about."""
    return PROBLEM.findall(done.stderr)


def start(target: Target, settings: Mapping[str, str | None]) -> subprocess.CompletedProcess[str]:
    merged: dict[str, str | None] = {"PORT": str(free_port()), **settings}
    return run_command(target, target.start, stdin="", **merged)


def assert_refused(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 78, done.stdout + done.stderr
    assert SECRET not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def start_or_not(
    target: Target, settings: Mapping[str, str | None]
) -> subprocess.CompletedProcess[str]:
    try:
        return start(target, settings)
    except subprocess.TimeoutExpired:
        # It serves: the tests of the other cases are none of its business.
        return subprocess.CompletedProcess((), 0, "", "not refused")


Refusals = Mapping[str, "Future[subprocess.CompletedProcess[str]]"]


@pytest.fixture(scope="module")
def refusals(target: Target) -> Iterator[Refusals]:
    """One start for each bad setting, side by side: a start costs a second."""
    local = target.auth == "local"
    cases = {"many": many(target)} | BAD | (BAD_KEYS if local else BAD_IDENTITY)
    for number, values in enumerate(BAD_VALUES):
        cases[f"values-{number}"] = dict(zip(MANY_VALUES, values, strict=True))
    with ThreadPoolExecutor(3) as pool:
        yield {case: pool.submit(start_or_not, target, cases[case]) for case in cases}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("case", BAD)
def test_one_bad_setting_stops_the_start(refusals: Refusals, case: str) -> None:
    assert_refused(refusals[case].result())
    assert names(refusals[case].result()) == [case.split("-")[0]]


@pytest.mark.local_accounts
@pytest.mark.parametrize("case", BAD_KEYS)
def test_weak_signing_key_stops_the_start(refusals: Refusals, case: str) -> None:
    assert_refused(refusals[case].result())
    assert names(refusals[case].result()) == ["AUTH_SECRET_KEY"]


@pytest.mark.identity_provider
@pytest.mark.parametrize("case", BAD_IDENTITY)
def test_bad_identity_provider_stops_the_start(refusals: Refusals, case: str) -> None:
    assert_refused(refusals[case].result())
    assert names(refusals[case].result()) == [case.split("-")[0]]


def test_all_problems_are_listed_at_once(target: Target, refusals: Refusals) -> None:
    assert_refused(refusals["many"].result())
    assert sorted(names(refusals["many"].result())) == sorted(many(target).keys() - {"APP_ENV"})


@pytest.mark.parametrize("case", range(len(BAD_VALUES)))
def test_odd_rates_and_numbers_stop_the_start(
    target: Target, refusals: Refusals, case: int
) -> None:
    done = refusals[f"values-{case}"].result()
    assert_refused(done)
    local = {"RATE_LIMIT_AUTH", "SESSION_TTL_SECONDS"}
    expected = set(MANY_VALUES) - (local if target.auth != "local" else set())
    assert set(names(done)) == expected
    for name in expected - {"REQUEST_TIMEOUT_SECONDS", "SESSION_TTL_SECONDS"}:
        assert f"{name}: {NO_RATE}\n" in done.stderr


@pytest.mark.local_accounts
def test_key_of_the_example_stops_the_start(target: Target) -> None:
    """Who copies `.env.example` has no secret yet, whether it shows a key or leaves it empty."""
    example = (target.directory / ".env.example").read_text(encoding="utf-8")
    match = re.search(r"^#?\s*AUTH_SECRET_KEY=\"?([^\s\"#]*)", example, re.MULTILINE)
    assert match, "not in the example"
    done = start(target, {"AUTH_SECRET_KEY": match[1]})
    assert done.returncode == 78
    assert names(done) == ["AUTH_SECRET_KEY"]
    assert not match[1] or match[1] not in done.stdout + done.stderr


@pytest.fixture
def env_file(target: Target) -> Iterator[Path]:
    """The target's `.env`, which is afterwards as it was before."""
    file = target.directory / ".env"
    before = file.read_bytes() if file.exists() else None
    yield file
    if before is None:
        file.unlink()
    else:
        file.write_bytes(before)


class TestEnvFile:
    """Seen on the shortest command, without the variable that is in the file."""

    @staticmethod
    def migrate(target: Target, environment: str) -> subprocess.CompletedProcess[str]:
        return run_command(target, target.migrate, APP_ENV=environment, DATABASE_URL=None)

    @pytest.mark.parametrize(
        ("start", "end"), [("", "\n"), ("\ufeff", "\r\n")], ids=["unix", "windows"]
    )
    def test_is_read_in_development_only(
        self, target: Target, env_file: Path, start: str, end: str
    ) -> None:
        env_file.write_bytes(f"{start}DATABASE_URL={target.database.url}{end}".encode())
        done = self.migrate(target, "development")
        assert done.returncode == 0, done.stdout + done.stderr
        for environment in ("test", "production"):
            done = self.migrate(target, environment)
            assert (done.returncode, names(done)) == (78, ["DATABASE_URL"])

    def test_of_another_encoding_is_refused(self, target: Target, env_file: Path) -> None:
        env_file.write_text(f"DATABASE_URL={target.database.url}\n", encoding="utf-16")
        done = self.migrate(target, "development")
        assert done.returncode == 78
        assert len(done.stderr.splitlines()) == 1


class TestSpelling:
    def test_pasted_settings_are_understood(self, target: Target) -> None:
        """What a hosting company shows, and values at the edge of what is allowed."""
        url = target.database.url
        settings: dict[str, str | None] = {"DATABASE_URL": url, "DATABASE_POOL_SIZE": "1"}
        if target.kind == "postgres":
            settings["DATABASE_URL"] = re.sub(r"^postgres(ql)?:", other_spelling, url)
        if target.auth == "local":
            settings["AUTH_SECRET_KEY"] = "é" * 16  # 32 bytes, half as many letters
        with Service(target, DOCS_ENABLED="false", METRICS_ENABLED="false", **settings) as service:
            assert service.get("/health/ready").status_code == 200
            for path in ("/docs", "/openapi.json", "/metrics"):
                assert_problem(service.get(path), 404, "not_found")


def other_spelling(match: re.Match[str]) -> str:
    return "postgres:" if match[1] else "postgresql:"
