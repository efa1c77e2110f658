"""Changes of stored rows that no request can make."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from .administrator import database_name, run_sql
from .target import Target


def file_of(target: Target) -> Path:
    return target.directory / target.database.url.removeprefix("sqlite:///")


@contextmanager
def sqlite_file(target: Target) -> Iterator[sqlite3.Connection]:
    """Give a connection to the service's file; what was changed is committed."""
    with closing(sqlite3.connect(file_of(target))) as connection, connection:
        yield connection


@contextmanager
def mongodb(target: Target) -> Iterator[Database[dict[str, Any]]]:
    with MongoClient[dict[str, Any]](target.database.url) as client:
        yield client[database_name(target)]


def postgres(target: Target, statements: str) -> str:
    if not target.database.sql:
        pytest.skip("the target does not say how to run SQL in its database")
    return run_sql(target, statements, database=database_name(target))


def forget_session_starts(target: Target) -> None:
    """Leave the sessions as they were stored before their start was stored with them."""
    statement = "UPDATE refresh_tokens SET family_started_at = NULL"
    if target.kind == "postgres":
        postgres(target, statement)
    elif target.kind == "sqlite":
        with sqlite_file(target) as connection:
            connection.execute(statement)
    else:
        with mongodb(target) as database:
            change = {"$unset": {"family_started_at": ""}}
            assert database["refresh_families"].update_many({}, change).modified_count


def refresh_token_hashes(target: Target) -> set[str]:
    """Return what is stored of refresh tokens, in hexadecimal digits."""
    if target.kind == "postgres":
        statement = "select encode(token_hash, 'hex') from refresh_tokens"
        return set(postgres(target, statement).splitlines())
    if target.kind == "sqlite":
        with sqlite_file(target) as connection:
            rows = connection.execute("SELECT token_hash FROM refresh_tokens").fetchall()
            return {bytes(row[0]).hex() for row in rows}
    with mongodb(target) as database:
        collections = (database["refresh_families"], database["used_refresh_tokens"])
        return {bytes(each["token_hash"]).hex() for found in collections for each in found.find()}


def password_hash_of(target: Target, email: str) -> str:
    """Return the stored hash of a password."""
    if target.kind == "postgres":
        return postgres(target, f"select password_hash from users where email = '{email}'")
    if target.kind == "sqlite":
        with sqlite_file(target) as connection:
            statement = "SELECT password_hash FROM users WHERE email = ?"
            return str(connection.execute(statement, (email,)).fetchone()[0])
    with mongodb(target) as database:
        found = database["users"].find_one({"email": email})
        assert found
        return str(found["password_hash"])


def set_password_hash(target: Target, email: str, password_hash: str) -> None:
    """Store another hash, as an earlier version of the service may have made it."""
    statement = "update users set password_hash = '{}' where email = '{}'"
    if target.kind == "postgres":
        postgres(target, statement.format(password_hash, email))
    elif target.kind == "sqlite":
        with sqlite_file(target) as connection:
            connection.execute(statement.format(password_hash, email))
    else:
        with mongodb(target) as database:
            change = {"$set": {"password_hash": password_hash}}
            assert database["users"].update_one({"email": email}, change).matched_count


def crowd(target: Target, title: str) -> None:
    """Have the items with this title created within one millisecond, against the order of ids."""
    if target.kind == "postgres":
        postgres(
            target,
            f"""
            update items set created_at = date_trunc('second', now()) + nth * interval '37 us'
            from (select id, row_number() over (order by id desc) nth from items
                  where title = '{title}') as numbered
            where items.id = numbered.id
            """,
        )
    elif target.kind == "sqlite":
        with sqlite_file(target) as connection:
            rows = connection.execute(
                "SELECT rowid, created_at FROM items WHERE title = ? ORDER BY id DESC", (title,)
            ).fetchall()
            for nth, (row, _) in enumerate(rows):
                # Only the microseconds, where there are any.
                spread = re.sub(r"(?<=\.\d{3})\d{3}", f"{nth * 37:03d}", rows[0][1])
                connection.execute("UPDATE items SET created_at = ? WHERE rowid = ?", (spread, row))
    else:
        with mongodb(target) as database:  # whose times have milliseconds
            change = {"$set": {"created_at": datetime.now(UTC)}}
            database["items"].update_many({"title": title}, change)
