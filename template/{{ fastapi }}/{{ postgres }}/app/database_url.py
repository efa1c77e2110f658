"""The URL of a PostgreSQL database, as hosting companies and libpq spell it."""

import re
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from app import about

EXAMPLE_URL = "postgresql://localhost/example"

_SCHEMES = ("postgresql", "postgres", "postgresql+asyncpg", "postgresql+psycopg")
_SHAPE = "must look like postgresql://user:password@host:5432/database"
_DEFAULT_PORT = "5432"
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^:\[\]]*)(?::([0-9]{1,5}))?")
_HIGHEST_PORT = 65_535

# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS: what the driver
# knows,
_PARAMETERS = frozenset(
    {
        *("host", "port", "dbname", "user", "password", "passfile", "service"),
        *("sslmode", "sslcert", "sslkey", "sslpassword", "sslrootcert", "sslcrl"),
        *("sslnegotiation", "ssl_min_protocol_version", "ssl_max_protocol_version"),
        *("target_session_attrs", "krbsrvname", "gsslib"),
    }
)
# what it passes on to the server,
_SERVER_SETTINGS = frozenset({"application_name", "options"})
# and what changes nothing here: DATABASE_TIMEOUT_SECONDS bounds each connection and statement, the
# encoding is always UTF-8, and the driver has neither GSS encryption nor channel binding.
_IGNORED_PARAMETERS = frozenset(
    {
        *("connect_timeout", "tcp_user_timeout", "client_encoding", "fallback_application_name"),
        *("keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count"),
        *("channel_binding", "gssencmode", "sslcompression", "sslsni"),
    }
)
# What poolers and other tools put into a URL, for themselves.
_FOREIGN_PARAMETERS = frozenset(
    {
        *("pgbouncer", "pool_mode", "pool_size", "pool_timeout", "connection_limit"),
        *("max_overflow", "max_connections", "socket_timeout", "schema", "supa", "workaround"),
        *("statement_cache_size", "prepared_statement_cache_size", "prepared_statements"),
        *("prepareThreshold", "preferQueryMode", "uselibpqcompat", "sslaccept"),
    }
)
_CHOICES = {
    "sslmode": {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"},
    "sslnegotiation": {"postgres", "direct"},
    "ssl_min_protocol_version": {"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"},
    "ssl_max_protocol_version": {"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"},
    "target_session_attrs": {
        *("any", "read-write", "read-only", "primary", "standby", "prefer-standby"),
    },
    "gssencmode": {"disable", "prefer"},
}
_NUMBERS = frozenset(
    {
        *("connect_timeout", "tcp_user_timeout", "keepalives"),
        *("keepalives_idle", "keepalives_interval", "keepalives_count"),
    }
)
_FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl")

# Not the defaults that an administrator has given the role or the database. PgBouncer takes these
# too: https://www.pgbouncer.org/config.html#ignore_startup_parameters
_SESSION = {
    "TimeZone": "UTC",
    "DateStyle": "ISO",
    "IntervalStyle": "postgres",
    "standard_conforming_strings": "on",
}


def check_url(url: str) -> None:
    """Raise `ValueError` when this is no URL of a PostgreSQL database, or one that nobody knows."""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    hosts = parts.netloc.rpartition("@")[2].split(",")
    if parts.scheme not in _SCHEMES or not all(_HOST.fullmatch(host) for host in hosts):
        raise ValueError(_SHAPE)
    parameters = _parameters(url)
    if parameters.get("sslmode") == "verify-ca" and "sslrootcert" not in parameters:
        message = "sslmode=verify-ca needs the parameter sslrootcert"
        raise ValueError(message)
    if not all(map(_is_port, _servers(url)[1])):
        raise ValueError(_SHAPE)
    for name, value in parameters.items():
        if name not in _PARAMETERS | _SERVER_SETTINGS | _IGNORED_PARAMETERS | _FOREIGN_PARAMETERS:
            message = f"the parameter {_printable(name)} is not supported"
            raise ValueError(message)
        if name in _CHOICES and value not in _CHOICES[name]:
            message = f"the parameter {name} must be one of {', '.join(sorted(_CHOICES[name]))}"
            raise ValueError(message)
        if name in _NUMBERS and not re.fullmatch(r"-?[0-9]+", value):
            message = f"the parameter {name} must be a whole number"
            raise ValueError(message)
        system = name == "sslrootcert" and value == "system"
        if name in _FILES and not system and not Path(value).is_file():
            message = f"the parameter {name} names a file that cannot be read"
            raise ValueError(message)


def connect_arguments(url: str) -> dict[str, Any]:
    """Return what the driver takes, whatever scheme and parameters the URL was pasted with."""
    parameters = _parameters(url)
    arguments: dict[str, Any] = {
        "server_settings": {
            "application_name": about.SLUG,
            **{name: parameters[name] for name in _SERVER_SETTINGS & parameters.keys()},
            **_SESSION,
        }
    }
    mode, root = parameters.get("sslmode"), parameters.get("sslrootcert")
    if root == "system" or (mode == "verify-full" and root is None):
        # The authorities that this machine trusts.
        arguments["ssl"] = ssl.create_default_context()
        parameters.pop("sslrootcert", None)
    parts = urlsplit(url)
    # A password may hold an "@": its end is the last one.
    credentials, at, hosts = parts.netloc.rpartition("@")
    query = {name: parameters[name] for name in parameters if name in _PARAMETERS}
    if "host" in query or "port" in query:
        # For libpq they come before those of the authority; the driver would ignore them.
        names, ports = _servers(url)
        query |= {"host": ",".join(names), "port": ",".join(ports)}
        hosts = ""
    dsn = parts._replace(
        scheme="postgresql",
        netloc=credentials.replace("@", "%40") + at + hosts,
        query=urlencode(query),
    )
    return {"dsn": urlunsplit(dsn), **arguments}


def place_of(url: str) -> str:
    """Return where the database is, without the credentials: `host:port/database`."""
    names, ports = _servers(url)
    if len(ports) == 1:
        ports *= len(names)
    servers = [f"{name or 'localhost'}:{port}" for name, port in zip(names, ports, strict=False)]
    database = _parameters(url).get("dbname") or unquote(urlsplit(url).path).lstrip("/")
    return f"{','.join(servers)}/{database}"


def _servers(url: str) -> tuple[list[str], list[str]]:
    """Return the hosts of a URL, and their ports or the one of all of them."""
    authority = urlsplit(url).netloc.rpartition("@")[2]
    matches = [_HOST.fullmatch(host) for host in authority.split(",")]
    found = [match.groups() for match in matches if match]
    names = ",".join(unquote(name) for name, _ in found)
    ports = ",".join(port or _DEFAULT_PORT for _, port in found)
    parameters = _parameters(url)
    return (
        (parameters.get("host") or names).split(","),
        (parameters.get("port") or ports).split(","),
    )


def _is_port(text: str) -> bool:
    return bool(re.fullmatch("[0-9]{1,5}", text)) and 0 < int(text) <= _HIGHEST_PORT


def _parameters(url: str) -> dict[str, str]:
    # libpq does not read "+" as a space.
    parameters = dict(parse_qsl(urlsplit(url).query.replace("+", "%2B")))
    # As JDBC and others spell it.
    if spelt := parameters.pop("ssl", None):
        mode = {"true": "require", "false": "disable"}.get(spelt, spelt)
        parameters.setdefault("sslmode", mode)
    return parameters


def _printable(name: str) -> str:
    return re.sub(r"[^\w.-]", "?", name)[:50]
