import asyncio
import threading

import argon2
import pytest
from httpx2 import AsyncClient

from app.auth.passwords import PasswordHasher, needs_rehash
from app.database import Database
from app.problems import Unavailable
from tests.accounts import PASSWORD, add_account, log_in, password_hash, read_account


class SlowHasher:
    """Stands for hashes that take until they are let go; counts how many run at a time."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.two_run = asyncio.Event()
        self.go = threading.Event()
        self.running = self.most = 0
        self._counting = threading.Lock()

    def hash(self, password: str) -> str:
        with self._counting:
            self.running += 1
            self.most = max(self.most, self.running)
            if self.running == 2:
                self.loop.call_soon_threadsafe(self.two_run.set)
        assert self.go.wait(5), "the event loop was blocked"
        with self._counting:
            self.running -= 1
        return password


async def test_two_hashes_run_beside_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = SlowHasher()
    monkeypatch.setattr("app.auth.passwords._HASHER", slow)
    hasher = PasswordHasher(wait_seconds=5)
    passwords = [f"password {number}" for number in range(5)]
    hashes = asyncio.gather(*(hasher.hash(password) for password in passwords))
    await slow.two_run.wait()
    await asyncio.sleep(0.05)  # time enough for a third
    slow.go.set()
    assert await hashes == passwords
    assert slow.most == 2


async def test_passwords_fit_their_own_hash_only() -> None:
    hasher = PasswordHasher(wait_seconds=5)
    stored, again = await asyncio.gather(hasher.hash(PASSWORD), hasher.hash(PASSWORD))
    assert stored != again, "a hash without salt"
    assert await hasher.verify(stored, PASSWORD)
    assert not await hasher.verify(stored, f"{PASSWORD} ")
    assert not await hasher.verify("no hash", PASSWORD)
    assert not await hasher.verify(None, "")


async def test_who_waits_too_long_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = SlowHasher()
    monkeypatch.setattr("app.auth.passwords._HASHER", slow)
    hasher = PasswordHasher(wait_seconds=0.1)
    running = [asyncio.create_task(hasher.hash("password")) for _ in range(2)]
    await slow.two_run.wait()
    with pytest.raises(Unavailable):
        await hasher.hash("password")
    slow.go.set()
    assert await asyncio.gather(*running) == ["password"] * 2
    assert await hasher.hash("password") == "password"


async def test_endless_password_is_wrong_and_never_normalised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hasher = PasswordHasher(wait_seconds=5)
    endless = "a" + "\u0301\u0316" * 300
    stored = await hasher.hash(endless)
    monkeypatch.setattr("app.auth.passwords.normalise", lambda password: password[:512])
    assert not await hasher.verify(stored, endless)


async def test_todays_hash_stays_as_it_is(client: AsyncClient, database: Database) -> None:
    await add_account(database)
    await log_in(client)
    assert (await read_account(database)).password_hash == password_hash()


async def test_login_renews_an_outdated_hash(client: AsyncClient, database: Database) -> None:
    outdated = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    await add_account(database, stored=outdated)
    await log_in(client)
    renewed = (await read_account(database)).password_hash
    assert needs_rehash(outdated)
    assert not needs_rehash(renewed)
    await log_in(client)
    assert (await read_account(database)).password_hash == renewed
