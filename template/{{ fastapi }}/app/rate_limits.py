"""Rate limits by client address."""

import asyncio
import math
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog
from limits import (
    RateLimitItem,
    RateLimitItemPerDay,
    RateLimitItemPerHour,
    RateLimitItemPerMinute,
    RateLimitItemPerSecond,
)
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import StorageError

from app.clients import network_of
from app.problems import RateLimited

log = structlog.get_logger()

_REDIS_TIMEOUT_SECONDS = 0.25
# How long the memory of the process counts before Redis is asked again.
_REDIS_PAUSE_SECONDS = 10

_RATE = re.compile(
    r"0*([1-9][0-9]{0,8})\s*(?:/|per\s)\s*(?:0*([1-9][0-9]{0,8})\s*)?"
    r"(second|minute|hour|day)s?",
    re.IGNORECASE,
)
_BAD_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")
_LONGEST_WINDOW_SECONDS = 1_000_000_000  # thirty years
_UNITS: dict[str, type[RateLimitItem]] = {
    "second": RateLimitItemPerSecond,
    "minute": RateLimitItemPerMinute,
    "hour": RateLimitItemPerHour,
    "day": RateLimitItemPerDay,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A limit for some paths and all below them."""

    name: str
    rate: RateLimitItem
    paths: tuple[str, ...]


def rule(name: str, rate: str, *paths: str) -> list[Rule]:
    """Return the rule as a list; an empty one when the rate is `off`."""
    limit = parse_rate(rate)
    return [Rule(name, limit, tuple(f"{path}/" for path in paths))] if limit else []


def parse_rate(text: str) -> RateLimitItem | None:
    """Return a rate such as `300/minute` or `5 per 2 hours`, and None for `off`.

    Raises `ValueError` for anything else, a list of rates included.
    """
    if text.strip().lower() == "off":
        return None
    if match := _RATE.fullmatch(text.strip()):
        amount, count, unit = match.groups()
        rate = _UNITS[unit.lower()](int(amount), int(count or 1))
        if rate.get_expiry() <= _LONGEST_WINDOW_SECONDS:
            return rate
    message = "must be off or one rate such as 300/minute"
    raise ValueError(message)


def check_storage_url(url: str) -> None:
    """Raise `ValueError` when the Redis client could not read the URL: it would say so too late."""
    if not url.startswith(("redis://", "rediss://")):
        message = "must start with redis:// or rediss://"
        raise ValueError(message)
    if not _is_storage_url(url):
        # What is wrong might show the password.
        message = "must look like redis://:password@host:6379/0"
        raise ValueError(message)


def _is_storage_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port  # fails when it is no number
    except ValueError:
        return False
    if parts.query or parts.fragment or _BAD_ESCAPE.search(url):
        return False
    # The number of the database.
    return re.fullmatch("/?[0-9]*", parts.path) is not None


class RateLimiter:
    """Counts requests in this process, or in Redis for all processes together.

    While Redis does not answer in time, each process counts in its own memory: never unlimited,
    and no request waits for what was found to be away a moment ago.
    """

    def __init__(self, rules: Sequence[Rule], storage_url: str | None) -> None:
        self._rules = rules
        self._own = FixedWindowRateLimiter(MemoryStorage())
        self._shared = _shared_limiter(storage_url) if storage_url else None
        self._away = False
        self._ask_again_at = 0.0

    async def check(self, path: str, client: str) -> None:
        """Count one request; raise `RateLimited` when it is one too many."""
        for rule in self._rules:
            if not f"{path}/".startswith(rule.paths):
                continue
            reset_time = await self._hit(rule.rate, (rule.name, network_of(client)))
            if reset_time is None:
                continue
            log.warning(
                "rate limit exceeded", _event="rate_limited", limit=rule.name, client=client
            )
            raise RateLimited(headers=_headers(rule, reset_time))

    async def _hit(self, rate: RateLimitItem, key: tuple[str, str]) -> float | None:
        """Count, and return when the window ends if this was one too many."""
        now = time.monotonic()
        if self._shared is None or now < self._ask_again_at:
            return await _count(self._own, rate, key)
        if self._away:
            # One request tries it; the others need not wait for that.
            self._ask_again_at = now + _REDIS_PAUSE_SECONDS
        try:
            async with asyncio.timeout(_REDIS_TIMEOUT_SECONDS):
                reset_time = await _count(self._shared, rate, key)
        except (StorageError, TimeoutError) as error:
            self._leave(error)
            return await _count(self._own, rate, key)
        self._come_back()
        return reset_time

    def _leave(self, error: Exception) -> None:
        self._ask_again_at = time.monotonic() + _REDIS_PAUSE_SECONDS
        if not self._away:
            self._away = True
            cause = error.storage_error if isinstance(error, StorageError) else error
            log.warning("rate limit storage unavailable", error=type(cause).__name__)

    def _come_back(self) -> None:
        self._ask_again_at = 0
        if self._away:
            self._away = False
            log.info("rate limit storage available again")


async def _count(
    limiter: FixedWindowRateLimiter, rate: RateLimitItem, key: tuple[str, str]
) -> float | None:
    if await limiter.hit(rate, *key):
        return None
    return (await limiter.get_window_stats(rate, *key)).reset_time


def _shared_limiter(url: str) -> FixedWindowRateLimiter:
    storage = RedisStorage(
        url,
        wrap_exceptions=True,
        implementation="redispy",
        socket_timeout=_REDIS_TIMEOUT_SECONDS,
        socket_connect_timeout=_REDIS_TIMEOUT_SECONDS,
    )
    return FixedWindowRateLimiter(storage)


def _headers(rule: Rule, reset_time: float) -> dict[str, str]:
    """Return Retry-After and the fields of draft-ietf-httpapi-ratelimit-headers."""
    seconds = max(1, math.ceil(reset_time - time.time()))
    return {
        "Retry-After": str(seconds),
        "RateLimit-Policy": f'"{rule.name}";q={rule.rate.amount};w={rule.rate.get_expiry()}',
        "RateLimit": f'"{rule.name}";r=0;t={seconds}',
    }
