import ssl

import pytest

from app import about
from app.database_url import check_url, connect_arguments, place_of


@pytest.mark.parametrize(
    "url",
    [
        "",
        "orders",
        "localhost:5432/orders",
        "http://localhost/orders",
        "file:///orders.db",
        "postgresql://localhost:port/orders",
        "postgresql://[::1/orders",
    ],
)
def test_other_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must look like postgresql://"):
        check_url(url)


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("require_auth=none", "the parameter require_auth is not supported"),
        ("port=99999", "must look like postgresql://"),
        ("hunter%202=x", "the parameter hunter\\?2 is not supported"),
        ("sslmode=sometimes", "the parameter sslmode must be one of allow, disable, "),
        ("gssencmode=require", "the parameter gssencmode must be one of disable, prefer"),
        ("sslrootcert=nowhere.pem", "the parameter sslrootcert names a file that cannot be read"),
        ("connect_timeout=soon", "the parameter connect_timeout must be a whole number"),
        ("sslmode=verify-ca", "sslmode=verify-ca needs the parameter sslrootcert"),
    ],
)
def test_parameter_that_nobody_knows_is_refused_by_name(query: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        check_url(f"postgresql://ada:secret@db/orders?{query}")


@pytest.mark.parametrize(
    ("pasted", "expected"),
    [
        ("postgres://ada@db/orders", "postgresql://ada@db/orders"),
        ("postgresql+asyncpg://db/orders", "postgresql://db/orders"),
        ("postgresql+psycopg://db/orders", "postgresql://db/orders"),
        (
            "postgres://a:p%40ss@db:5432/orders?sslmode=require&channel_binding=require",
            "postgresql://a:p%40ss@db:5432/orders?sslmode=require",
        ),
        ("postgres://a:p@ss@db/orders", "postgresql://a:p%40ss@db/orders"),
        ("postgres://db/orders?ssl=true", "postgresql://db/orders?sslmode=require"),
        (
            "postgres://one:5432,two:5433/orders?target_session_attrs=read-write",
            "postgresql://one:5432,two:5433/orders?target_session_attrs=read-write",
        ),
        (
            "postgresql://app:one@/orders?host=/run/postgresql&port=57911",
            "postgresql://app:one@/orders?host=%2Frun%2Fpostgresql&port=57911",
        ),
        (
            "postgresql://app@localhost:5433/orders?host=/run/postgresql",
            "postgresql://app@/orders?host=%2Frun%2Fpostgresql&port=5433",
        ),
        (
            "postgres://ada@[::1]/orders?port=1",
            "postgresql://ada@/orders?port=1&host=%5B%3A%3A1%5D",
        ),
        (
            "postgres://db/orders?pgbouncer=true&keepalives_idle=30&connect_timeout=10&schema=x",
            "postgresql://db/orders",
        ),
    ],
)
def test_pasted_url_reaches_the_driver(pasted: str, expected: str) -> None:
    check_url(pasted)
    assert connect_arguments(pasted)["dsn"] == expected


def test_settings_of_the_server_are_passed_on() -> None:
    url = "postgres://db/orders?application_name=a+b&options=-c%20search_path%3Dx&TimeZone=CET"
    with pytest.raises(ValueError, match="TimeZone"):
        check_url(url)
    settings = connect_arguments(url)["server_settings"]
    assert settings["application_name"] == "a+b"
    assert settings["options"] == "-c search_path=x"
    assert settings["TimeZone"] == "UTC"
    assert connect_arguments("postgres://db")["server_settings"]["application_name"] == about.SLUG


@pytest.mark.parametrize("query", ["sslmode=verify-full", "sslrootcert=system"])
def test_authorities_are_those_of_the_machine(query: str) -> None:
    check_url(f"postgres://db/orders?{query}")
    context = connect_arguments(f"postgres://db/orders?{query}")["ssl"]
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgres://ada:se@cret@db/orders", "db:5432/orders"),
        ("postgres://ada:secret@one:5433,two/orders", "one:5433,two:5432/orders"),
        ("postgres://ada@[::1]/orders?sslmode=disable", "[::1]:5432/orders"),
        ("postgres:///orders?host=/run/postgresql&port=57911", "/run/postgresql:57911/orders"),
        ("postgres://%2Frun%2Fpostgresql/orders", "/run/postgresql:5432/orders"),
    ],
)
def test_place_has_no_credentials(url: str, place: str) -> None:
    assert place_of(url) == place
