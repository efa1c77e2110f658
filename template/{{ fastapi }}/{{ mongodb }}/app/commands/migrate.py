"""Applies the pending migrations. Safe to run from several processes at once."""

import asyncio
import sys

from app.database import migration_database
from app.logging import configure_logging
from app.migrator import migrate
from app.problems import Unavailable
from app.settings import Settings, settings_or_exit


async def _migrate(settings: Settings) -> list[str]:
    async with migration_database(settings.database_url.get_secret_value()) as db:
        return await migrate(db)


def main() -> None:
    """Apply them and say which."""
    settings = settings_or_exit()
    configure_logging(level="warning", log_format=settings.log_format)
    try:
        applied = asyncio.run(_migrate(settings))
    except Unavailable:
        sys.exit("The database cannot be reached.")
    for name in applied:
        print(f"applied {name}")


if __name__ == "__main__":
    main()
