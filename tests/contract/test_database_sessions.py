"""§4: what an administrator has set for the role changes no answer, and neither do migrations."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from .accounts import Account, Session, refresh, sign_up
from .administrator import Tenant
from .checks import assert_problem, moment
from .service import Service, at_once, run_command
from .target import Target
from .test_items import ITEMS, change, create, read
from .test_outage import assert_recovers
from .test_pagination import identifiers, walk

pytestmark = pytest.mark.administrator

# https://www.postgresql.org/docs/current/runtime-config-client.html
SETTINGS = {
    "DateStyle": "'German, DMY'",
    "TimeZone": "'America/St_Johns'",
    "IntervalStyle": "'sql_standard'",
    "bytea_output": "'escape'",
    "extra_float_digits": "-15",
    "client_encoding": "'LATIN1'",
    "standard_conforming_strings": "off",
    "backslash_quote": "off",
    "default_transaction_isolation": "'serializable'",
    "default_transaction_deferrable": "on",
    "lc_messages": "'C'",
    "search_path": "'$user', public",
    "plan_cache_mode": "'force_generic_plan'",
    "synchronous_commit": "off",
}
TEXT = "Zürich ☕ '\\' \\\\x41 \U0001f511"


def assert_works(service: Service) -> None:
    """All kinds of columns go in and come out as they should."""
    session = sign_up(service)
    if isinstance(session, Account):
        assert refresh(service, session.refresh_token).status_code == 200
    start = datetime.now(UTC)
    made = [create(service, session, title=TEXT, description=TEXT) for _ in range(3)]
    assert {item["title"] for item in made} == {TEXT}
    assert all(abs(moment(item["created_at"]) - start) < timedelta(minutes=1) for item in made)
    assert read(service, session, made[0]).json() == made[0]
    changed = change(service, session, made[0], {"description": f"{TEXT}!"}).json()
    assert (changed["description"], changed["created_at"]) == (f"{TEXT}!", made[0]["created_at"])
    order = identifiers(walk(service, session, limit=1))
    assert sorted(order) == sorted(item["id"] for item in made)
    assert order == identifiers(walk(service, session, limit=100))


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_of_the_role_change_nothing(
    tenant: Tenant, guest: Service, tenant_user: Session, name: str
) -> None:
    tenant.sql(f"alter role {tenant.role} set {name} = {SETTINGS[name]}")
    try:
        tenant.disconnect()
        assert_recovers(guest, tenant_user)
        assert_works(guest)
    finally:
        tenant.sql(f"alter role {tenant.role} reset {name}")
        tenant.disconnect()
    assert_recovers(guest, tenant_user)


def test_migrations_run_under_any_settings(target: Target) -> None:
    with Tenant(target) as strict:
        for name, value in SETTINGS.items():
            strict.sql(f"alter role {strict.role} set {name} = {value}")
        strict.sql(f"alter database {strict.database} set DateStyle = 'SQL, DMY'")
        done = run_command(target, target.migrate, DATABASE_URL=strict.url)
        assert done.returncode == 0, done.stdout + done.stderr
        with Service(target, DATABASE_URL=strict.url) as service:
            assert_works(service)


def test_only_the_services_own_time_out_counts(
    tenant: Tenant, guest: Service, tenant_user: Session
) -> None:
    """Otherwise an administrator's guard against reports would be an outage of the service."""
    tenant.sql(f"alter role {tenant.role} set statement_timeout = '100ms'")
    try:
        tenant.disconnect()
        assert_recovers(guest, tenant_user)
        lock = threading.Thread(
            target=tenant.inside,
            args=("begin; lock table items; select pg_sleep(0.8); commit",),
        )
        lock.start()
        time.sleep(0.3)  # until it has the lock
        response = guest.get(ITEMS, headers=tenant_user.headers)
        waited = response.elapsed.total_seconds()
        lock.join()
        assert response.status_code == 200, response.text
        assert waited > 0.1, "the table was not locked"
    finally:
        tenant.sql(f"alter role {tenant.role} reset all")
        tenant.disconnect()
    assert_recovers(guest, tenant_user)


@pytest.mark.parametrize("table", ["items", "users"])
def test_changed_column_breaks_no_request(
    tenant: Tenant, guest: Service, tenant_user: Session, table: str
) -> None:
    """Statements that were prepared for the old type are prepared again."""
    column = {"items": "title", "users": "email"}[table]
    if table == "users" and guest.target.auth != "local":
        pytest.skip("the service has no accounts")
    item = create(guest, tenant_user)

    def use(number: int) -> None:
        answers = [
            guest.get(ITEMS, headers=tenant_user.headers),
            read(guest, tenant_user, item),
            change(guest, tenant_user, item, {"title": f"title {number}"}),
            guest.post(ITEMS, json={"title": "x"}, headers=tenant_user.headers),
            guest.get("/api/v1/users/me", headers=tenant_user.headers),
        ]
        for answer in answers:
            if answer.status_code not in {200, 201}:
                assert_problem(answer, 503, "unavailable")

    for kind in ("text", "varchar(254)"):
        for _ in range(3):  # on every connection
            at_once(8, use)
        tenant.inside(f"alter table {table} alter column {column} type {kind}")
        at_once(8, use)
        assert_recovers(guest, tenant_user)
