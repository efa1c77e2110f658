"""§4, §8: the database server is there, and refuses the connection."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from .accounts import Session, sign_up
from .administrator import Tenant
from .checks import assert_problem
from .service import Service, at_once, eventually
from .target import Target
from .test_commands import assert_unreachable, commands
from .test_items import ITEMS
from .test_outage import UNAVAILABLE, assert_recovers

pytestmark = pytest.mark.administrator

Step = Callable[[Tenant], object]


def role(change: str) -> Step:
    return lambda tenant: tenant.sql(f"alter role {tenant.role} {change}")


def database(change: str) -> Step:
    return lambda tenant: tenant.sql(f"alter database {tenant.database} {change}")


def rename(old: str, new: str) -> Step:
    """Rename the database; none may be connected meanwhile."""

    def step(tenant: Tenant) -> None:
        role("nologin")(tenant)
        tenant.disconnect()
        tenant.sql(f"alter database {tenant.database}{old} rename to {tenant.database}{new}")
        role("login")(tenant)

    return step


# What closes the door, and what opens it again.
REFUSALS: dict[str, tuple[Step, Step]] = {
    "other-password": (
        role("password 'another'"),
        lambda tenant: role(f"password '{tenant.password}'")(tenant),
    ),
    "no-login": (role("nologin"), role("login")),
    "expired-password": (role("valid until '2020-01-01'"), role("valid until 'infinity'")),
    "rejected-host": (lambda t: t.admit("reject"), lambda t: t.admit("scram-sha-256")),
    "missing-database": (rename("", "_away"), rename("_away", "")),
    "full": (role("connection limit 0"), role("connection limit -1")),
    "closed-database": (database("allow_connections false"), database("allow_connections true")),
    "no-privilege": (
        lambda t: t.sql(f"revoke connect on database {t.database} from public, {t.role}"),
        lambda t: t.sql(f"grant connect on database {t.database} to public, {t.role}"),
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusal_is_an_outage(
    tenant: Tenant, guest: Service, tenant_user: Session, case: str
) -> None:
    close, reopen = REFUSALS[case]
    close(tenant)
    tenant.disconnect()
    try:
        assert eventually(lambda: guest.get("/health/ready").status_code != 200)
        for _ in range(2):
            ready = guest.get("/health/ready")
            assert (ready.status_code, ready.json()) == (503, UNAVAILABLE)
            assert ready.elapsed.total_seconds() < 2.2
        answers = [
            guest.get(ITEMS, headers=tenant_user.headers),
            guest.post(ITEMS, json={"title": "x"}, headers=tenant_user.headers),
        ]
        for answer in answers:
            assert_problem(answer, 503, "unavailable")
            assert_told_once(guest, answer.headers["X-Request-ID"])
    finally:
        reopen(tenant)
    assert_recovers(guest, tenant_user)


def assert_told_once(service: Service, request_id: str) -> None:
    """One line says what the driver said, in one line and without a stack."""
    service.wait_for_log(request_id=request_id, status=503)
    told = service.log(request_id=request_id, message="database unavailable")
    assert len(told) == 1, service.log(request_id=request_id)
    assert told[0]["error"]
    assert 0 < len(told[0]["reason"]) <= 200
    assert "\n" not in told[0]["reason"]
    assert "Traceback" not in str(told[0])


def test_terminated_connections_are_replaced(
    tenant: Tenant, guest: Service, tenant_user: Session
) -> None:
    """The server says why it ends an idle connection before it does."""

    def read(_: int) -> int:
        return guest.get(ITEMS, headers=tenant_user.headers).status_code

    for _ in range(3):
        at_once(8, read)
    tenant.disconnect()
    time.sleep(0.3)  # until the service has heard of it
    assert guest.get("/health/ready").status_code == 200
    assert set(at_once(8, read)) == {200}


def test_refusal_from_the_start_is_an_outage(tenant: Tenant, target: Target) -> None:
    role("nologin")(tenant)
    tenant.disconnect()
    try:
        with Service(target, DATABASE_URL=tenant.url) as late:
            late.remember(tenant.password)
            ready = late.get("/health/ready")
            assert (ready.status_code, ready.json()) == (503, UNAVAILABLE)
            role("login")(tenant)
            assert eventually(lambda: late.get("/health/ready").status_code == 200)
            assert late.get(ITEMS, headers=sign_up(late).headers).status_code == 200
    finally:
        role("login")(tenant)


def test_commands_say_so_in_one_line(tenant: Tenant, target: Target) -> None:
    role("password 'another'")(tenant)
    try:
        todo = commands(target)
        finished = at_once(len(todo), lambda n: todo[n](DATABASE_URL=tenant.url))
        for done in finished:
            assert_unreachable(done, f"{tenant.address}/{tenant.database}")
            assert tenant.password not in done.stdout + done.stderr
    finally:
        role(f"password '{tenant.password}'")(tenant)
