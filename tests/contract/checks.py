"""What holds for every response, and for every error."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_to_bytes

import httpx

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.(\d{3}|\d{6})Z")
MOST_BYTES = 32 * 1024  # of a problem
MOST_ERRORS = 20
LONGEST_INSTANCE = 2048
LONGEST_NAME = 200  # of a pointer or a parameter
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
LEAKS = re.compile(
    r"Traceback|File \"|\bat .+:\d+:\d+|\.(py|js|ts)\b|site-packages|node_modules|"
    r"\bSELECT\b.+\bFROM\b|\bINSERT INTO\b|\bUPDATE\b.+\bSET\b|no such table|"
    r"sqlalchemy|asyncpg|psycopg|sqlite3?\b|pymongo|mongoose|kysely|/usr/|/home/|/tmp/"
)


def assert_standard_headers(response: httpx.Response) -> None:
    headers = response.headers
    assert REQUEST_ID.fullmatch(headers.get("X-Request-ID", "")), headers
    assert headers.get("X-Content-Type-Options") == "nosniff"
    assert headers.get("Referrer-Policy") == "no-referrer"
    assert headers.get("X-Frame-Options") == "DENY"
    assert "Content-Security-Policy" in headers
    assert headers.get("Strict-Transport-Security") == "max-age=31536000"
    assert headers.get("Cross-Origin-Resource-Policy") == "same-origin"
    assert headers.get("Cross-Origin-Opener-Policy") == "same-origin"
    assert "X-Powered-By" not in headers
    assert not re.search(r"\d", headers.get("Server", "")), headers["Server"]
    path = path_of(response)
    if path.startswith("/api/"):
        assert "no-store" in headers.get("Cache-Control", "")
    policy = {part.strip() for part in headers["Content-Security-Policy"].split(";")}
    if path != "/docs":
        assert policy == {"default-src 'none'", "frame-ancestors 'none'"}


def path_of(response: httpx.Response) -> str:
    """Return the path as it was sent."""
    sent = response.extensions.get("target") or response.request.url.raw_path.decode()
    return str(sent).split("?")[0]


def assert_problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Return the problem of an error response after checking all that the contract promises."""
    assert response.status_code == status, f"{response.status_code}: {response.text[:500]}"
    assert response.headers["Content-Type"].split(";")[0].strip() == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["code"] == code, problem
    assert problem["status"] == status
    assert problem["request_id"] == response.headers["X-Request-ID"]
    for member in ("type", "title", "detail"):
        assert isinstance(problem[member], str), member
        assert problem[member], member
    assert_instance(problem["instance"], path_of(response))
    assert len(response.content) <= MOST_BYTES
    told = json.dumps(problem | {"instance": ""})  # the client's own words
    assert not LEAKS.search(told), told
    assert_standard_headers(response)
    assert_headers_of_status(response, code)
    if code == "invalid_request":
        assert_errors(problem)
    return problem


def assert_instance(instance: str, path: str) -> None:
    """Check that it is the path, or its beginning when it is too long to be repeated."""
    assert len(instance) <= LONGEST_INSTANCE
    whole, repeated = unquote_to_bytes(path), unquote_to_bytes(instance)
    if len(instance) < LONGEST_INSTANCE - len("%F0%9F%A5%9B"):
        assert repeated == whole, "not the path that was sent"
    else:
        assert whole.startswith(repeated), "not its beginning, or cut inside an escape"


def assert_headers_of_status(response: httpx.Response, code: str) -> None:
    if response.status_code == 401:
        challenge = response.headers["WWW-Authenticate"]
        assert re.match(r"Bearer\b", challenge), challenge
        if code == "unauthenticated":
            assert "error=" not in challenge, challenge
    if response.status_code == 405:
        assert response.headers["Allow"]
    if response.status_code in {429, 503}:
        assert int(response.headers["Retry-After"]) >= 0


def assert_errors(problem: dict[str, Any]) -> None:
    assert 1 <= len(problem["errors"]) <= MOST_ERRORS
    for error in problem["errors"]:
        assert ("pointer" in error) != ("parameter" in error), error
        assert isinstance(error["detail"], str), error
        assert error["detail"], error
        assert len(error.get("pointer", error.get("parameter"))) <= LONGEST_NAME


def pointers(problem: dict[str, Any]) -> set[str]:
    return {error["pointer"] for error in problem["errors"] if "pointer" in error}


def parameters(problem: dict[str, Any]) -> set[str]:
    return {error["parameter"] for error in problem["errors"] if "parameter" in error}


def moment(text: str) -> datetime:
    """Return the time of a time stamp after checking its shape."""
    assert TIME.fullmatch(text), text
    return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)
