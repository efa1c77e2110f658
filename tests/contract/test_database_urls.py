"""§1: a URL as a hosting company, a pooler or another tool writes it."""

from __future__ import annotations

import subprocess
from urllib.parse import quote, urlencode

import pytest

from .accounts import sign_up
from .administrator import Tenant
from .service import Service, at_once, free_port, run_command
from .target import Target
from .test_commands import assert_unreachable
from .test_items import ITEMS

pytestmark = pytest.mark.administrator

# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
LIBPQ = {
    "connect_timeout": "10",
    "application_name": "orders of today",
    "keepalives": "1",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "options": "-c geqo=off",
    "gssencmode": "prefer",
    "channel_binding": "prefer",
}
# What poolers and other tools read from the same URL: Prisma, Supabase, pgJDBC, SQLAlchemy, pg.
OTHERS = {
    "pgbouncer": "true",
    "connection_limit": "1",
    "pool_timeout": "10",
    "schema": "public",
    "supa": "base-pooler.x",
    "workaround": "supabase-pooler.vercel",
    "statement_cache_size": "0",
    "prepareThreshold": "0",
    "uselibpqcompat": "true",
}
ACCEPTED = {
    "as-it-is": "{base}",
    "other-scheme": "postgres://{credentials}@{address}/{database}",
    "no-database": "postgresql://{credentials}@{address}",
    "credentials-as-parameters": "postgresql://{address}/{database}?user={user}&password={password}",
    "address-as-parameters": "postgresql://{credentials}@/{database}?host={host}&port={port}",
    "socket": "postgresql://{credentials}@/{database}?host={socket}&port={port}",
    "socket-quoted": "postgresql://{credentials}@{quoted_socket}:{port}/{database}",
    "socket-and-parameters": "postgresql:///{database}?host={socket}&port={port}&user={user}&password={password}",
    "libpq": "{base}?" + urlencode(LIBPQ, quote_via=quote),
    "others": "{base}?" + urlencode(OTHERS),
    **{f"sslmode-{mode}": f"{{base}}?sslmode={mode}" for mode in ("disable", "allow", "prefer")},
}
# libpq knows them all; a service that does not says so at its start.
ACCEPTED_OR_REFUSED = {
    "hostaddr": "postgresql://{credentials}@/{database}?hostaddr={host}&port={port}",
    "tcp_user_timeout": "{base}?tcp_user_timeout=10000",
    "client_encoding": "{base}?client_encoding=UTF8",
    "target_session_attrs": "{base}?target_session_attrs=read-write",
    "load_balance_hosts": "{base}?load_balance_hosts=random",
    "require_auth": "{base}?require_auth=scram-sha-256",
    "passfile": "{base}?passfile=/nowhere",
    "fallback_application_name": "{base}?fallback_application_name=orders",
    "sslcompression": "{base}?sslcompression=0",
    "ssl_min_protocol_version": "{base}?ssl_min_protocol_version=TLSv1.2",
    "several-hosts": "postgresql://{credentials}@{dead},{address}/{database}",
    "several-hosts-as-parameters": "postgresql://{credentials}@/{database}?host={host},{host}&port={dead_port},{port}",
}
# The name of the part that the message gives.
REFUSED = {
    "frobnicate": "{base}?frobnicate=1",
    "sslmode": "{base}?sslmode=perhaps",
    "search_path": "{base}?search_path=other",  # a setting of the server is no parameter of libpq
}


def fill(tenant: Tenant, pattern: str) -> str:
    host, _, port = tenant.address.partition(":")
    socket = tenant.sql("show unix_socket_directories").split(",")[0].strip()
    dead = free_port()
    return pattern.format(
        base=tenant.url,
        credentials=f"{tenant.role}:{tenant.quoted_password}",
        user=tenant.role,
        password=tenant.quoted_password,
        address=tenant.address,
        host=host,
        port=port,
        socket=socket,
        quoted_socket=quote(socket, safe=""),
        database=tenant.database,
        dead=f"{host}:{dead}",
        dead_port=dead,
    )


Finished = dict[str, subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def finished(target: Target, tenant: Tenant) -> Finished:
    """One command for each URL, side by side: most of the time is their start."""
    patterns = {
        **ACCEPTED,
        **ACCEPTED_OR_REFUSED,
        **REFUSED,
        "sslmode-require": "{base}?sslmode=require",
        "sslmode-verify-full": "{base}?sslmode=verify-full",
    }
    names = list(patterns)

    def migrate(number: int) -> subprocess.CompletedProcess[str]:
        url = fill(tenant, patterns[names[number]])
        return run_command(target, target.migrate, DATABASE_URL=url)

    return dict(zip(names, at_once(len(names), migrate, workers=3), strict=True))


@pytest.mark.parametrize("case", ACCEPTED)
def test_is_understood(finished: Finished, case: str) -> None:
    assert finished[case].returncode == 0, finished[case].stderr[-1500:]


@pytest.mark.parametrize("case", ACCEPTED_OR_REFUSED)
def test_is_understood_or_refused_by_name(finished: Finished, tenant: Tenant, case: str) -> None:
    done = finished[case]
    if done.returncode != 0:
        assert_refused(done, tenant, "host" if case.startswith("several-hosts") else case)


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused_by_name(finished: Finished, tenant: Tenant, name: str) -> None:
    assert_refused(finished[name], tenant, name)


@pytest.mark.parametrize("mode", ["require", "verify-full"])
def test_server_without_tls_is_not_spoken_to(finished: Finished, tenant: Tenant, mode: str) -> None:
    assert_unreachable(finished[f"sslmode-{mode}"], f"{tenant.address}/{tenant.database}")


def assert_refused(done: subprocess.CompletedProcess[str], tenant: Tenant, name: str) -> None:
    assert done.returncode == 78, done.stdout[-500:] + done.stderr[-1500:]
    (line,) = done.stderr.splitlines()
    assert line.startswith("DATABASE_URL: ")
    assert name in line
    assert tenant.password not in line
    assert tenant.quoted_password not in line


def test_service_starts_on_a_socket_with_parameters(target: Target, tenant: Tenant) -> None:
    parameters = urlencode({**LIBPQ, **OTHERS, "sslmode": "prefer"}, quote_via=quote)
    url = f"{fill(tenant, ACCEPTED['socket'])}&{parameters}"
    with Service(target, DATABASE_URL=url) as service:
        service.remember(tenant.password, tenant.quoted_password)
        assert service.get("/health/ready").status_code == 200
        assert service.get(ITEMS, headers=sign_up(service).headers).status_code == 200
        names = "select distinct application_name from pg_stat_activity"
        assert "orders of today" in tenant.sql(f"{names} where usename = '{tenant.role}'")


def test_service_refuses_what_it_does_not_know(target: Target, tenant: Tenant) -> None:
    url = fill(tenant, REFUSED["frobnicate"])
    done = run_command(target, target.start, DATABASE_URL=url, PORT=str(free_port()))
    assert_refused(done, tenant, "frobnicate")
