"""§1, §5: the absolute end of a session."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from .accounts import open_account, refresh
from .checks import assert_problem
from .service import Service
from .storage import forget_session_starts
from .target import Target

pytestmark = pytest.mark.local_accounts

LIFETIME = 4


@pytest.fixture(scope="module")
def short(target: Target) -> Iterator[Service]:
    with Service(target, SESSION_TTL_SECONDS=f"{LIFETIME}") as running:
        yield running


def assert_ends_in_time(service: Service, token: str, start: float) -> None:
    """Refreshing does not prolong the session that began at `start` (of `time.monotonic`)."""
    for share in (0.3, 0.6):
        time.sleep(max(0, start + share * LIFETIME - time.monotonic()))
        answer = refresh(service, token)
        assert answer.status_code == 200, answer.text
        token = answer.json()["refresh_token"]
    time.sleep(max(0, start + LIFETIME + 0.2 - time.monotonic()))
    assert_problem(refresh(service, token), 401, "invalid_token")


def test_refreshing_does_not_prolong_it(service: Service, short: Service) -> None:
    lasting = open_account(service)
    account, start = open_account(short), time.monotonic()
    assert_ends_in_time(short, account.refresh_token, start)
    newer = refresh(service, lasting.refresh_token)
    assert newer.status_code == 200, newer.text
    # A setting that was lowered counts for sessions that have begun before.
    assert_problem(refresh(short, newer.json()["refresh_token"]), 401, "invalid_token")


def test_unknown_start_counts_from_the_next_refresh(service: Service, short: Service) -> None:
    old = open_account(service)
    time.sleep(1)
    forget_session_starts(service.target)
    start = time.monotonic()
    answer = refresh(short, old.refresh_token)
    assert answer.status_code == 200, answer.text
    assert_ends_in_time(short, answer.json()["refresh_token"], start)
