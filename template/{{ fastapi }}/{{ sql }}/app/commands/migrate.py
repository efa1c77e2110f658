"""Applies the pending migrations. Safe to run from several processes at once."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError

from app.commands.database import reachable_database
from app.logging import configure_logging
from app.migration_errors import MigrationRefused
from app.settings import DatabaseSettings, command_settings_or_exit


def main() -> None:
    """Upgrade the database to the newest revision."""
    with migrations() as config:
        upgrade(config)


@contextmanager
def migrations() -> Iterator[Config]:
    """Give the configuration of Alembic; exit with one line when a command cannot be carried out.

    The exit code is 69 when the database cannot be reached, 78 when a setting is wrong, and else 1.
    """
    settings = command_settings_or_exit(DatabaseSettings)
    configure_logging(level="error", log_format=settings.log_format)
    try:
        with reachable_database(settings):
            yield Config(toml_file="pyproject.toml")
    except (CommandError, MigrationRefused) as error:
        sys.exit(str(error))


def upgrade(config: Config) -> None:
    """Apply what is pending; raise `CommandError` or `MigrationRefused` when that is not possible."""
    heads = ScriptDirectory.from_config(config).get_heads()
    if len(heads) > 1:
        message = (
            f"There are {len(heads)} newest migrations, {' and '.join(sorted(heads))}: "
            "`uv run poe migration --merge` writes one that follows them all."
        )
        raise MigrationRefused(message)
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        if isinstance(error.__cause__, ResolutionError):
            message = (
                f"The database has the migration {error.__cause__.argument}, which is missing here: "
                "it may be on another branch."
            )
            raise MigrationRefused(message) from None
        raise


if __name__ == "__main__":
    main()
