"""Removes expired refresh tokens; run it once a day."""

import asyncio

from app.commands.database import reachable_database
from app.commands.user import accounts_of
from app.logging import configure_logging
from app.settings import AccountSettings, command_settings_or_exit


async def _purge(settings: AccountSettings) -> int:
    database, accounts = accounts_of(settings)
    try:
        return await accounts.purge_tokens()
    finally:
        await database.close()


def main() -> None:
    """Remove them and say how many there were."""
    settings = command_settings_or_exit(AccountSettings)
    configure_logging(level="error", log_format=settings.log_format)
    with reachable_database(settings):
        count = asyncio.run(_purge(settings))
    print(f"{count} expired refresh tokens removed.")


if __name__ == "__main__":
    main()
