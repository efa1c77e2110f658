"""What the administrator of a PostgreSQL server does to the service's role and database."""

from __future__ import annotations

import secrets
import subprocess
import uuid
from types import TracebackType
from urllib.parse import quote, urlsplit

from .target import Target


def run_sql(target: Target, statements: str, *, database: str = "postgres") -> str:
    """Return what the statements print: one row a line, `|` between columns."""
    done = subprocess.run(
        [*target.database.sql, database],
        input=statements,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def database_name(target: Target) -> str:
    return urlsplit(target.database.url).path.strip("/")


class Tenant:
    """A role with a password and an empty database of its own: `with Tenant(target) as tenant:`."""

    def __init__(self, target: Target, options: str = "") -> None:
        self.target = target
        self.role = self.database = f"contract_{uuid.uuid4().hex[:8]}"
        # As generators of passwords make them.
        self.password = f"p@ss:/?#[%]&+ {secrets.token_hex(8)}"
        self.quoted_password = quote(self.password, safe="")
        self._options = options  # of CREATE DATABASE
        parts = urlsplit(target.database.url)
        self.address = f"{parts.hostname}:{parts.port or 5432}"
        self.url = f"postgresql://{self.role}:{self.quoted_password}@{self.address}/{self.database}"

    def __enter__(self) -> Tenant:
        self.sql(
            f"create role {self.role} login password '{self.password}';"
            f"create database {self.database} owner {self.role} {self._options}"
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.admit()
        self.sql(
            f"drop database if exists {self.database} (force); drop role if exists {self.role}"
        )

    def sql(self, statements: str) -> str:
        return run_sql(self.target, statements)

    def inside(self, statements: str) -> str:
        """Run statements in the tenant's database."""
        return run_sql(self.target, statements, database=self.database)

    def disconnect(self) -> None:
        """End every connection of the role, and wait until they have ended."""
        self.sql(
            "select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity"
            f" where usename = '{self.role}'"
        )

    def admit(self, method: str | None = None) -> None:
        """Have `pg_hba.conf` treat the role by this method, or as everybody else."""
        rules = [f"{kind} all {self.role} {method}" for kind in ("local", "host")]
        rules[1] = rules[1].replace(f" {method}", f" all {method}")
        ours = ", ".join(f"('{rule}')" for rule in rules) if method else "(null)"
        self.sql(
            f"""
            create temporary table rules (number serial, line text);
            insert into rules (line) values {ours};
            insert into rules (line)
              select line from regexp_split_to_table(
                pg_read_file(current_setting('hba_file')), E'\\n'
              ) as line where line <> '' and line !~ '^#|{self.role}';
            do $$ begin execute format(
              'copy (select line from rules where line <> '''' order by number) to %L (format csv, quote E''\\x01'', delimiter E''\\x02'')',
              current_setting('hba_file')
            ); end $$;
            select pg_reload_conf();
            """
        )
