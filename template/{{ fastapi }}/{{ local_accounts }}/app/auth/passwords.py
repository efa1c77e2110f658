"""Password hashing off the event loop."""

import asyncio
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, two passes, one lane.
_HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

# Verified when there is no account, so that an unknown address takes as long as a wrong password.
_DUMMY_HASH = _HASHER.hash("")

# Each hash takes 19 MiB and a core: more at a time would starve the requests that need neither.
_THREADS = 2


def normalise(password: str) -> str:
    """Return the password in NFC: the same keys may send composed or decomposed characters."""
    return unicodedata.normalize("NFC", password)


def needs_rehash(stored: str) -> bool:
    """Tell whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


class PasswordHasher:
    """Hashes and verifies, at most two at a time in this process."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="argon2")

    async def hash(self, password: str) -> str:
        """Return the hash to store."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, _HASHER.hash, normalise(password))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Tell whether the password fits; None stands for an account that does not exist."""
        loop = asyncio.get_running_loop()
        against = stored or _DUMMY_HASH
        fits = await loop.run_in_executor(self._threads, _verify, against, normalise(password))
        return fits and stored is not None


def _verify(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
