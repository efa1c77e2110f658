"""Several processes that migrate one file, and a migration that fails."""

import asyncio
import sqlite3
from contextlib import closing

import pytest
from alembic import command
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.operations.ops import CreateTableOp
from sqlalchemy import Column, Connection, MetaData, Table, Text
from sqlalchemy.schema import CreateTable

from app.database import Timestamp, migration_engine, migration_lock
from app.migration_errors import MigrationRefused
from tests.database import alembic_for
from tests.server import file_of
from tests.service import environment_of, run_python


async def test_processes_may_migrate_at_once(empty_database_url: str) -> None:
    environment = environment_of(empty_database_url)
    migrate = ("-m", "app.commands.migrate")
    results = await asyncio.gather(
        *(asyncio.to_thread(run_python, *migrate, environment=environment) for _ in range(2))
    )
    assert [code for code, _, _ in results] == [0, 0], results


async def test_migrations_keep_other_writers_out(empty_database_url: str) -> None:
    def write(connection: Connection) -> None:
        with migration_lock(connection):
            file.execute("CREATE TABLE things (id INTEGER)")

    engine = migration_engine(empty_database_url)
    with closing(sqlite3.connect(file_of(empty_database_url), timeout=0)) as file:
        async with engine.connect() as connection:
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                await connection.run_sync(write)
    await engine.dispose()


def test_migration_that_breaks_references_is_undone(empty_database_url: str) -> None:
    with closing(sqlite3.connect(file_of(empty_database_url))) as file:
        file.executescript("""
            CREATE TABLE parents (id INTEGER PRIMARY KEY);
            CREATE TABLE children (parent_id INTEGER REFERENCES parents (id));
            INSERT INTO children VALUES (1);
        """)
        with (
            alembic_for(empty_database_url) as config,
            pytest.raises(MigrationRefused, match="rows of children refer to no row of parents"),
        ):
            command.upgrade(config, "head")
        tables = file.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    assert tables == [("parents",), ("children",)]


def test_constraints_of_times_survive_a_copy_of_the_table(empty_database_url: str) -> None:
    async def copy() -> None:
        engine = migration_engine(empty_database_url)
        async with engine.begin() as connection:
            await connection.run_sync(alter)
        await engine.dispose()

    def alter(connection: Connection) -> None:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("items", recreate="always") as batch:
            batch.alter_column("title", type_=Text())

    with alembic_for(empty_database_url) as config:
        command.upgrade(config, "head")
    asyncio.run(copy())
    with closing(sqlite3.connect(file_of(empty_database_url))) as file:
        [(made,)] = file.execute("SELECT sql FROM sqlite_master WHERE name = 'items'")
    assert "title TEXT" in made
    assert made.count(" CHECK (") == 2


def test_every_time_of_a_model_is_constrained() -> None:
    table = Table("things", MetaData(), Column("due_at", Timestamp()), Column("name", Text()))
    assert str(CreateTable(table)).count(" CHECK (due_at GLOB ") == 1
    in_migration = CreateTableOp.from_table(table).to_table()
    assert str(CreateTable(in_migration)).count(" CHECK (due_at GLOB ") == 1
