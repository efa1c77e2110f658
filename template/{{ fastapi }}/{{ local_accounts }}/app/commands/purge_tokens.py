"""Removes expired refresh tokens; run it once a day."""

import asyncio
import sys

from app.commands.user import accounts_of
from app.logging import configure_logging
from app.problems import Unavailable
from app.settings import Settings, settings_or_exit


async def _purge(settings: Settings) -> int:
    database, accounts = accounts_of(settings)
    try:
        return await accounts.purge_tokens()
    finally:
        await database.close()


def main() -> None:
    """Remove them and say how many there were."""
    settings = settings_or_exit()
    configure_logging(level="error", log_format=settings.log_format)
    try:
        count = asyncio.run(_purge(settings))
    except Unavailable:
        sys.exit("The database cannot be reached.")
    print(f"{count} expired refresh tokens removed.")


if __name__ == "__main__":
    main()
