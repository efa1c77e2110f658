"""Looks at the queries that the service really sends."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event, text

from app.database import Database
from tests.server import EXPLAIN


@dataclass(frozen=True, slots=True)
class Query:
    """A statement as the driver gets it."""

    statement: str
    parameters: Any


@contextmanager
def recorded_queries(part: str) -> Iterator[list[Query]]:
    """Give the list of all queries that hold this part, as they come."""
    queries: list[Query] = []

    def record(_0: Any, _1: Any, statement: str, parameters: Any, *_: Any) -> None:  # noqa: ANN401
        if part in statement:
            queries.append(Query(statement, parameters))

    event.listen(Engine, "before_cursor_execute", record)
    try:
        yield queries
    finally:
        event.remove(Engine, "before_cursor_execute", record)


async def explain(database: Database, query: Query) -> str:
    """Return how the database means to answer the query, knowing how many rows there are."""
    async with database.write() as session:
        await session.execute(text("ANALYZE"))
    async with database.read() as session:
        connection = await session.connection()
        rows = await connection.exec_driver_sql(f"{EXPLAIN} {query.statement}", query.parameters)
        return "\n".join(str(tuple(row)) for row in rows)
