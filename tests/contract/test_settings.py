"""§1: bad settings stop the process before it listens."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping

import pytest

from .checks import assert_problem
from .service import Service, at_once, free_port, run_command
from .target import Target

SECRET = "sesame-4f1c"  # stands in values whose problem is reported
BAD: dict[str, dict[str, str | None]] = {
    "APP_ENV": {"APP_ENV": "staging"},
    "PORT": {"PORT": "http"},
    "DATABASE_URL-missing": {"DATABASE_URL": None},
    "DATABASE_URL-other-scheme": {"DATABASE_URL": f"ldap://user:{SECRET}@db.example/app"},
    "CORS_ORIGINS-any-of-two": {"CORS_ORIGINS": "https://app.example,*"},
}
BAD_KEYS: dict[str, dict[str, str | None]] = {
    "AUTH_SECRET_KEY-missing": {"AUTH_SECRET_KEY": None},
    "AUTH_SECRET_KEY-31-bytes": {"AUTH_SECRET_KEY": SECRET.ljust(31, "x")},
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


@pytest.fixture(scope="module")
def refusals(target: Target) -> dict[str, subprocess.CompletedProcess[str]]:
    """One start for each bad setting, side by side: a start costs a second."""
    local = target.auth == "local"
    cases = BAD | (BAD_KEYS if local else BAD_IDENTITY) | {"many": many(target)}
    for number, values in enumerate(BAD_VALUES):
        cases[f"values-{number}"] = dict(zip(MANY_VALUES, values, strict=True))
    found: dict[str, subprocess.CompletedProcess[str]] = {}
    todo = list(cases)

    def work(_: int) -> None:
        while todo:
            case = todo.pop()
            try:
                found[case] = start(target, cases[case])
            except subprocess.TimeoutExpired:
                # It serves: the tests of the other cases are none of its business.
                found[case] = subprocess.CompletedProcess((), 0, "", "not refused")

    at_once(3, work)
    return found


@pytest.mark.parametrize("case", BAD)
def test_one_bad_setting_stops_the_start(
    refusals: dict[str, subprocess.CompletedProcess[str]], case: str
) -> None:
    assert_refused(refusals[case])
    assert names(refusals[case]) == [case.split("-")[0]]


@pytest.mark.local_accounts
@pytest.mark.parametrize("case", BAD_KEYS)
def test_weak_signing_key_stops_the_start(
    refusals: dict[str, subprocess.CompletedProcess[str]], case: str
) -> None:
    assert_refused(refusals[case])
    assert names(refusals[case]) == ["AUTH_SECRET_KEY"]


@pytest.mark.identity_provider
@pytest.mark.parametrize("case", BAD_IDENTITY)
def test_bad_identity_provider_stops_the_start(
    refusals: dict[str, subprocess.CompletedProcess[str]], case: str
) -> None:
    assert_refused(refusals[case])
    assert names(refusals[case]) == [case.split("-")[0]]


def test_all_problems_are_listed_at_once(
    target: Target, refusals: dict[str, subprocess.CompletedProcess[str]]
) -> None:
    assert_refused(refusals["many"])
    assert sorted(names(refusals["many"])) == sorted(many(target).keys() - {"APP_ENV"})


@pytest.mark.parametrize("case", range(len(BAD_VALUES)))
def test_odd_rates_and_numbers_stop_the_start(
    target: Target, refusals: dict[str, subprocess.CompletedProcess[str]], case: int
) -> None:
    done = refusals[f"values-{case}"]
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
