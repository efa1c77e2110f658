"""The signing keys of the identity provider, kept for a while."""

import asyncio
import time
from collections.abc import Callable

import structlog
from jwt import PyJWK

from app.auth.key_source import KeySource, KeySourceError
from app.problems import InvalidToken, Unavailable

log = structlog.get_logger()

FRESH_SECONDS = 600
# How long the keys are used when no newer ones can be had.
USABLE_SECONDS = 86_400
# The pause between two fetches for keys that nobody knows: made-up ones must cost nothing.
COOLDOWN_SECONDS = 10
# The pause after a fetch that failed while there is no key at all: until then nobody can call.
RETRY_SECONDS = 1


class SigningKeys:
    """Fetches the keys when somebody needs them; one fetch at a time serves all who wait."""

    def __init__(self, source: KeySource, *, now: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._now = now
        self._keys: dict[tuple[str, str], PyJWK] = {}
        self._fetched_at = self._tried_at = self._missed_at = -float("inf")
        self._failed = False
        self._fetch: asyncio.Task[None] | None = None

    async def find(self, kid: str, algorithm: str) -> PyJWK:
        """Return the key of this id for this algorithm.

        Raises `InvalidToken` when the provider has no such key, and `Unavailable` when it does
        not tell.
        """
        now = self._now()
        if now - self._fetched_at >= USABLE_SECONDS:
            self._keys = {}
        fresh = now - self._fetched_at < FRESH_SECONDS
        known = (kid, algorithm) in self._keys
        if not fresh:
            self._renew(now)
        elif not known:
            self._look_for_new(now)
        # While the provider is down, nobody waits for it whose key is at hand.
        if self._fetch and not (known and (fresh or self._failed)):
            await asyncio.wait({self._fetch})
        if key := self._keys.get((kid, algorithm)):
            return key
        raise Unavailable if self._failed or not self._keys else InvalidToken

    def _renew(self, now: float) -> None:
        pause = COOLDOWN_SECONDS if self._keys else RETRY_SECONDS
        if now - self._tried_at >= pause:
            self._start(now)

    def _look_for_new(self, now: float) -> None:
        # Only such fetches count: a key that comes right after a regular one is found at once.
        if now - self._missed_at >= COOLDOWN_SECONDS:
            self._missed_at = now
            self._start(now)

    def _start(self, now: float) -> None:
        if self._fetch is None:
            self._tried_at = now
            # A task of its own: the request that started it may be given up.
            self._fetch = asyncio.create_task(self._replace(now))

    async def _replace(self, now: float) -> None:
        try:
            self._keys = await self._source.fetch()
            self._fetched_at = now
            self._failed = False
        except KeySourceError as error:
            self._failed = True
            log.warning("signing keys unavailable", error=str(error))
        finally:
            self._fetch = None
