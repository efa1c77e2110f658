"""Looks at the commands that the service really sends."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pymongo import monitoring

from app.database import Database
from app.documents import Document

# What belongs to the connection, not to the query.
_OF_THE_CONNECTION = frozenset({"lsid", "txnNumber", "maxTimeMS"})

type Command = dict[str, Any]


class _Recorder(monitoring.CommandListener):
    def __init__(self) -> None:
        self.commands: list[Command] | None = None

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if self.commands is not None:
            self.commands.append(dict(event.command))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


_recorder = _Recorder()
# For every client that is made after this.
monitoring.register(_recorder)


@contextmanager
def recorded_commands() -> Iterator[list[Command]]:
    """Give the list of all commands, as they are sent."""
    commands: list[Command] = []
    _recorder.commands = commands
    try:
        yield commands
    finally:
        _recorder.commands = None


async def explain(database: Database, command: Command) -> dict[str, Any]:
    """Return the statistics of the server for running the query."""
    query = {
        name: value
        for name, value in command.items()
        if name not in _OF_THE_CONNECTION and not name.startswith("$")
    }
    async with database.read() as db:
        return await db.command(
            {"explain": query, "verbosity": "executionStats"}, codec_options=db.codec_options
        )


def indexes_of(explained: dict[str, Any]) -> list[str]:
    """Return the indexes that the plan reads; a scan of the whole collection is `COLLSCAN`."""
    return list(_indexes(explained["queryPlanner"]["winningPlan"]))


def _indexes(stage: dict[str, Any]) -> Iterator[str]:
    # Newer servers wrap the plan.
    stage = stage.get("queryPlan", stage)
    if stage["stage"] in {"IXSCAN", "EXPRESS_IXSCAN"}:
        yield stage["indexName"]
    elif stage["stage"] == "COLLSCAN":
        yield "COLLSCAN"
    for inner in [stage.get("inputStage"), *stage.get("inputStages", ())]:
        if inner:
            yield from _indexes(inner)


async def assert_same_fields(database: Database, collection: str, model: type[Document]) -> None:
    """Check that the migrations gave the collection a schema with the fields of the model."""
    async with database.read() as db:
        [found] = await (await db.list_collections(filter={"name": collection})).to_list()
    schema = found["options"]["validator"]["$jsonSchema"]
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    assert schema["properties"].keys() == fields.keys()
    assert set(schema["required"]) == {name for name in fields if fields[name].is_required()}
