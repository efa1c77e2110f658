"""§3, §4: a file that others write too, on a disk that is full."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from .accounts import Session, sign_up
from .checks import assert_problem, moment
from .service import Service, eventually, run_command
from .storage import sqlite_file
from .target import Target
from .test_items import ITEMS, create
from .test_pagination import walk

pytestmark = pytest.mark.sqlite

# SQL that writes a time, and how many hours ago that is.
# https://www.sqlite.org/lang_datefunc.html
WRITTEN = {
    "CURRENT_TIMESTAMP": 0,
    "datetime('now', '-1 hour')": 1,
    "strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-2 hours')": 2,
    "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-3 hours')": 3,
    "strftime('%Y-%m-%d %H:%M:%f', 'now', '-4 hours')": 4,
    "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '-5 hours')": 5,
    "strftime('%Y-%m-%d %H:%M:%f000', 'now', '-6 hours')": 6,
    "strftime('%Y-%m-%d %H:%M:%f000+00:00', 'now', '-7 hours')": 7,
    "strftime('%Y-%m-%dT%H:%M:%S+02:00', 'now', '-6 hours')": 8,
}
UNREADABLE = ["'yesterday'", "''", "'2026-13-45 25:61:61'", "date('now')", "unixepoch()", "1.5"]


def insert(target: Target, model: str, time: str) -> bool:
    """Insert a copy of the item with this title, written at `time`; tell whether SQLite took it."""
    with sqlite_file(target) as connection:
        connection.row_factory = sqlite3.Row
        row = dict(connection.execute("SELECT * FROM items WHERE title = ?", (model,)).fetchone())
        old, new = str(row["id"]), uuid.uuid4()
        row |= {"id": str(new) if "-" in old else new.hex, "title": time}
        names = ", ".join(row)
        values = ", ".join(time if name.endswith("_at") else "?" for name in row)
        given = [value for name, value in row.items() if not name.endswith("_at")]
        try:
            connection.execute(f"INSERT INTO items ({names}) VALUES ({values})", given)
        except sqlite3.IntegrityError:
            return False
        return True


@pytest.fixture(scope="module")
def elsewhere(target: Target) -> Iterator[Service]:
    """A service on a machine whose clock is not set to UTC."""
    with Service(target, TZ="America/New_York") as running:
        yield running


def test_times_that_sql_wrote_are_refused_or_read_right(target: Target, elsewhere: Service) -> None:
    user, title = sign_up(elsewhere), uuid.uuid4().hex
    create(elsewhere, user, title=title)
    taken = [time for time in WRITTEN if insert(target, title, time)]
    found = []
    for page in walk(elsewhere, user, limit=1):
        found += page["items"]
        assert len(found) <= len(taken) + 1, "the pages go in a circle"
    assert sorted(item["title"] for item in found) == sorted([title, *taken])
    times = [moment(item["created_at"]) for item in found]
    assert times == sorted(times, reverse=True)
    for item in found:
        age = datetime.now(UTC) - moment(item["created_at"])
        assert abs(age - timedelta(hours=WRITTEN.get(item["title"], 0))) < timedelta(minutes=1)


def test_what_is_no_time_is_refused_when_it_is_written(target: Target, elsewhere: Service) -> None:
    """Read later, it would be a fault for everybody who lists it."""
    user, title = sign_up(elsewhere), uuid.uuid4().hex
    create(elsewhere, user, title=title)
    assert [time for time in UNREADABLE if insert(target, title, time)] == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte, half of which is taken by a file called `filler`."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("only root may make a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    mounted = subprocess.run(command, capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"no small disk can be made here: {mounted.stderr.strip()}")
    try:
        (disk / "filler").write_bytes(bytes(500_000))
        yield disk
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_full_disk_is_an_outage_of_writing(target: Target, small_disk: Path) -> None:
    url = f"sqlite:///{small_disk / 'service.db'}"
    done = run_command(target, target.migrate, DATABASE_URL=url)
    assert done.returncode == 0, done.stdout + done.stderr
    with Service(target, DATABASE_URL=url) as service:
        user = sign_up(service)
        stored = fill_disk(service, user)
        refused = service.post(ITEMS, json=large(), headers=user.headers)
        assert_problem(refused, 503, "unavailable")
        request_id = refused.headers["X-Request-ID"]
        service.wait_for_log(request_id=request_id, status=503)
        (told,) = service.log(request_id=request_id, message="database unavailable")
        assert "SQLITE_FULL" in f"{told['error']} {told.get('reason')}"
        # What is there can be read.
        found = [item for page in walk(service, user, limit=100) for item in page["items"]]
        assert len(found) == stored
        (small_disk / "filler").unlink()
        assert eventually(
            lambda: (
                service.post(ITEMS, json={"title": "x"}, headers=user.headers).status_code == 201
            )
        )
        assert not re.search("cannot rollback", service.output())
    with closing(sqlite3.connect(small_disk / "service.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def fill_disk(service: Service, user: Session) -> int:
    """Create items until one is refused; return how many were stored."""
    for count in range(1000):
        response = service.post(ITEMS, json=large(), headers=user.headers)
        if response.status_code != 201:
            assert_problem(response, 503, "unavailable")
            return count
    raise AssertionError("the disk does not fill")


def large() -> dict[str, str]:
    return {"title": "x", "description": "\u2603" * 2000}
