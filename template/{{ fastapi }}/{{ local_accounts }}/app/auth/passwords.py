"""Password hashing off the event loop."""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from app.problems import Unavailable

# OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, two passes, one lane.
_HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

# Verified when there is no account, so that an unknown address takes as long as a wrong password.
_DUMMY_HASH = _HASHER.hash("")

# Each hash takes 19 MiB and a core: more at a time would starve the requests that need neither.
_THREADS = 2

# Code points. Normalising takes time that grows with the square of the length: what is longer is
# never normalised. No password of ours is: normalising makes text shorter, but not that much.
LONGEST_INPUT = 512


def normalise(password: str) -> str:
    """Return the password in NFC: the same keys may send composed or decomposed characters."""
    return unicodedata.normalize("NFC", password)


def needs_rehash(stored: str) -> bool:
    """Tell whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


class PasswordHasher:
    """Hashes and verifies, at most two at a time in this process.

    Whoever waits for that longer than `wait_seconds` is told `Unavailable`.
    """

    def __init__(self, *, wait_seconds: float) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="argon2")
        self._slots = asyncio.Semaphore(_THREADS)
        self._wait_seconds = wait_seconds

    async def hash(self, password: str) -> str:
        """Return the hash to store."""
        return await self._run(_hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Tell whether the password fits; None stands for an account that does not exist."""
        if stored is None or len(password) > LONGEST_INPUT:
            await self._run(_verify, _DUMMY_HASH, "")
            return False
        return await self._run(_verify, stored, password)

    async def _run[*Args, Result](self, work: Callable[[*Args], Result], *args: *Args) -> Result:
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._slots.acquire()
        except TimeoutError:
            raise Unavailable from None
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *args)
        finally:
            self._slots.release()


def _hash(password: str) -> str:
    return _HASHER.hash(normalise(password))


def _verify(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, normalise(password))
    except (VerificationError, InvalidHashError):
        return False
