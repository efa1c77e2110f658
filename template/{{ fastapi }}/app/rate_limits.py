"""Rate limits by client address."""

import ipaddress
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import StorageError

from app.problems import RateLimited

log = structlog.get_logger()

# One IPv6 customer has a network of this size: each address of it would be a fresh budget.
_IPV6_NETWORK_BITS = 64
_REDIS_TIMEOUT_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Rule:
    """A limit for some paths and all below them."""

    name: str
    rate: RateLimitItem
    paths: tuple[str, ...]


def rule(name: str, rate: str, *paths: str) -> list[Rule]:
    """Return the rule as a list; an empty one when the rate is `off`."""
    return [] if rate == "off" else [Rule(name, parse(rate), tuple(f"{path}/" for path in paths))]


class RateLimiter:
    """Counts requests in this process, or in Redis for all processes together."""

    def __init__(self, rules: Sequence[Rule], storage_url: str | None) -> None:
        self._rules = rules
        self._storage = _storage(storage_url)
        self._limiter = FixedWindowRateLimiter(self._storage)

    async def check(self, path: str, client: str) -> None:
        """Count one request; raise `RateLimited` when it is one too many.

        When Redis cannot be reached the request passes: the limits protect the service, so they
        must not be what takes it down.
        """
        for rule in self._rules:
            if not f"{path}/".startswith(rule.paths):
                continue
            key = (rule.name, _network_of(client))
            try:
                allowed = await self._limiter.hit(rule.rate, *key)
                if allowed:
                    continue
                window = await self._limiter.get_window_stats(rule.rate, *key)
            except StorageError as error:
                log.warning(
                    "rate limit storage unavailable", error=type(error.storage_error).__name__
                )
                return
            log.warning(
                "rate limit exceeded", _event="rate_limited", limit=rule.name, client=client
            )
            raise RateLimited(headers=_headers(rule, window.reset_time))


def _storage(url: str | None) -> Storage:
    if url is None:
        return MemoryStorage()
    return RedisStorage(
        url,
        wrap_exceptions=True,
        implementation="redispy",
        socket_timeout=_REDIS_TIMEOUT_SECONDS,
        socket_connect_timeout=_REDIS_TIMEOUT_SECONDS,
    )


def _network_of(client: str) -> str:
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    if address.version == 4:  # noqa: PLR2004 # the protocol's number
        return client
    return str(ipaddress.ip_network((address, _IPV6_NETWORK_BITS), strict=False))


def _headers(rule: Rule, reset_time: float) -> dict[str, str]:
    """Return Retry-After and the fields of draft-ietf-httpapi-ratelimit-headers."""
    seconds = max(1, math.ceil(reset_time - time.time()))
    return {
        "Retry-After": str(seconds),
        "RateLimit-Policy": f'"{rule.name}";q={rule.rate.amount};w={rule.rate.get_expiry()}',
        "RateLimit": f'"{rule.name}";r=0;t={seconds}',
    }
