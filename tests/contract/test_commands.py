"""§1, §8: what the commands need, and what they say when the database is away."""

from __future__ import annotations

import re
import subprocess
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from .accounts import fresh_email, fresh_password
from .service import at_once, free_port, run_command
from .target import Target


def commands(target: Target) -> list[partial[subprocess.CompletedProcess[str]]]:
    """Return every command that uses the database, to be called with settings."""
    found = [partial(run_command, target, target.migrate)]
    if target.user:
        create = (*target.user, "create", fresh_email())
        found.append(partial(run_command, target, create, stdin=f"{fresh_password()}\n"))
    if target.purge_tokens:
        found.append(partial(run_command, target, target.purge_tokens))
    return found


def assert_unreachable(done: subprocess.CompletedProcess[str], address: str) -> None:
    """The command ended with EX_UNAVAILABLE and one line that names the address."""
    said = done.stdout + done.stderr
    assert done.returncode == 69, said[-1500:]
    assert said.splitlines() == done.stderr.splitlines()
    (line,) = done.stderr.splitlines()
    start = f"The database at {address} cannot be reached: "
    assert line.startswith(start), line
    assert line.removeprefix(start).strip(), line


def unreachable(target: Target, folder: Path) -> tuple[str, str]:
    """Return a URL of the database's kind at which nothing is, and how its address is written."""
    if target.kind == "sqlite":
        file = folder / "nowhere" / "service.db"
        return f"sqlite:///{file}", str(file)
    address = f"127.0.0.1:{free_port()}"
    scheme = urlsplit(target.database.url).scheme
    return f"{scheme}://someone:sesame-4f1c@{address}/orders", f"{address}/orders"


def test_database_that_is_away_is_one_line(target: Target, tmp_path: Path) -> None:
    url, address = unreachable(target, tmp_path)
    todo = commands(target)
    for done in at_once(len(todo), lambda n: todo[n](DATABASE_URL=url)):
        assert_unreachable(done, address)
        assert "sesame" not in done.stderr


def test_each_checks_only_the_settings_that_it_uses(target: Target) -> None:
    """Who migrates holds no signing key, and neither port nor origins matter."""
    settings: dict[str, str | None] = {
        "AUTH_SECRET_KEY": None,
        "OIDC_ISSUER": None,
        "OIDC_AUDIENCE": None,
        "PORT": "http",
        "CORS_ORIGINS": "*",
        "RATE_LIMIT_DEFAULT": "plenty",
    }
    todo = commands(target)
    for done in at_once(len(todo), lambda n: todo[n](**settings)):
        assert done.returncode == 0, done.stdout + done.stderr


def test_each_refuses_what_it_uses(target: Target) -> None:
    todo = commands(target)
    for done in at_once(len(todo), lambda n: todo[n](DATABASE_URL="ldap://a:sesame-4f1c@b/c")):
        assert done.returncode == 78, done.stdout + done.stderr
        assert re.findall(r"^([A-Z_]+): \S", done.stderr, re.MULTILINE) == ["DATABASE_URL"]
        assert "sesame" not in done.stdout + done.stderr
