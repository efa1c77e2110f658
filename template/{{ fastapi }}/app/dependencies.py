"""Dependencies that more than one feature uses."""

from typing import Annotated

from fastapi import Depends, Request

from app.database import Database


async def get_database(request: Request) -> Database:
    """Return the database of the application that serves this request."""
    database: Database = request.app.state.database
    return database


DatabaseDependency = Annotated[Database, Depends(get_database)]
