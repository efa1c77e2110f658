"""Applies the pending migrations. Safe to run from several processes at once."""

import asyncio
import sys

from app.commands.database import reachable_database
from app.database import migration_database
from app.logging import configure_logging
from app.migration_errors import MigrationRefused
from app.migrator import migrate
from app.settings import DatabaseSettings, command_settings_or_exit


async def _migrate(settings: DatabaseSettings) -> list[str]:
    async with migration_database(settings.database_url.get_secret_value()) as db:
        return await migrate(db)


def main() -> None:
    """Apply them and say which."""
    settings = command_settings_or_exit(DatabaseSettings)
    configure_logging(level="warning", log_format=settings.log_format)
    try:
        with reachable_database(settings):
            applied = asyncio.run(_migrate(settings))
    except MigrationRefused as error:
        sys.exit(str(error))
    for name in applied:
        print(f"applied {name}")


if __name__ == "__main__":
    main()
