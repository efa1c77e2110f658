"""§4: the write lock of SQLite is held by another process."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from .accounts import Session, sign_up
from .checks import LEAKS, assert_problem
from .service import Service, at_once, run_command
from .storage import file_of
from .target import Target
from .test_items import ITEMS, create

pytestmark = pytest.mark.sqlite

TIMEOUT = 1.0


@contextmanager
def write_lock(target: Target) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file_of(target), isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        try:
            yield holder
        finally:
            if holder.in_transaction:
                holder.execute("ROLLBACK")


@pytest.fixture(scope="module")
def impatient(target: Target) -> Iterator[Service]:
    with Service(target, DATABASE_TIMEOUT_SECONDS=f"{TIMEOUT:.0f}") as running:
        yield running


@pytest.fixture
def user(impatient: Service) -> Session:
    return sign_up(impatient)


def test_writes_end_with_503(target: Target, impatient: Service, user: Session) -> None:
    with write_lock(target):
        response = impatient.post(ITEMS, json={"title": "x"}, headers=user.headers)
        assert_problem(response, 503, "unavailable")
        assert TIMEOUT * 0.8 < response.elapsed.total_seconds() < 2 * TIMEOUT + 1
    create(impatient, user)


def test_many_writes_end_in_time(target: Target, impatient: Service, user: Session) -> None:
    def write(_: int) -> float:
        response = impatient.post(ITEMS, json={"title": "x"}, headers=user.headers)
        assert_problem(response, 503, "unavailable")
        return response.elapsed.total_seconds()

    with write_lock(target):
        assert max(at_once(15, write)) < 2 * TIMEOUT + 1.5
    create(impatient, user)


def test_nothing_else_stalls(target: Target, impatient: Service, user: Session) -> None:
    item = create(impatient, user)
    with write_lock(target):
        writes = [
            threading.Thread(
                target=lambda: impatient.post(ITEMS, json={"title": "x"}, headers=user.headers)
            )
            for _ in range(5)
        ]
        for write in writes:
            write.start()
        answers = [
            impatient.get(path, headers=user.headers)
            for _ in range(3)
            for path in ("/health/live", "/health/ready", ITEMS, f"{ITEMS}/{item['id']}")
        ]
        busy = [write.is_alive() for write in writes]
        for write in writes:
            write.join()
    assert {answer.status_code for answer in answers} == {200}
    assert max(answer.elapsed.total_seconds() for answer in answers) < 0.6
    assert any(busy), "the writes were over before the reads"


def test_short_lock_is_waited_for(target: Target, impatient: Service, user: Session) -> None:
    with write_lock(target) as holder:
        writing = threading.Thread(target=lambda: answers.append(create(impatient, user)))
        answers: list[dict[str, object]] = []
        writing.start()
        assert impatient.get("/health/live").status_code == 200
        holder.execute("ROLLBACK")
        writing.join()
    assert len(answers) == 1


@pytest.mark.local_accounts
def test_logins_end_with_503(target: Target, impatient: Service) -> None:
    body = {"email": "ann@example.test", "password": "a-password-of-hers"}
    with write_lock(target):
        assert_problem(impatient.post("/api/v1/auth/register", json=body), 503, "unavailable")


class TestOwnDatabase:
    def test_migrations_may_run_side_by_side(self, target: Target, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'new.db'}"
        for done in at_once(3, lambda _: run_command(target, target.migrate, DATABASE_URL=url)):
            assert done.returncode == 0, done.stdout + done.stderr

    def test_fault_shows_no_inside(self, target: Target, tmp_path: Path) -> None:
        """Tables that vanish are a fault that the contract does not foresee."""
        copy = tmp_path / "copy.db"
        with (
            closing(sqlite3.connect(file_of(target))) as source,
            closing(sqlite3.connect(copy)) as sink,
        ):
            source.backup(sink)
        with Service(target, DATABASE_URL=f"sqlite:///{copy}") as service:
            user = sign_up(service)
            with closing(sqlite3.connect(copy)) as saboteur:
                [(table,)] = saboteur.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '%item%'"
                ).fetchall()
                saboteur.execute(f'ALTER TABLE "{table}" RENAME TO elsewhere')
                saboteur.commit()
            response = service.get(ITEMS, headers=user.headers)
            assert_problem(response, 500, "internal_error")
            request_id = response.headers["X-Request-ID"]
            service.wait_for_log(request_id=request_id, status=500)
            assert LEAKS.search(str(service.log(request_id=request_id))), "no stack in the log"
            assert service.get("/health/live").status_code == 200
