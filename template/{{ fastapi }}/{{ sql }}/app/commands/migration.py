"""Writes a migration for what the models have and the database has not."""

import argparse

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from app.commands.migrate import migrations, upgrade
from app.migration_errors import MigrationRefused


def main() -> None:
    """Bring the database up to date and compare it with the models, or merge branches."""
    parser = argparse.ArgumentParser(prog="migration", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("name", nargs="?", help="what it does, for example 'add price to items'")
    what.add_argument(
        "--merge",
        action="store_true",
        help="follow all migrations that are the newest, as after a merge of two branches",
    )
    arguments = parser.parse_args()

    with migrations() as config:
        if arguments.merge:
            merge(config)
        else:
            upgrade(config)
            command.revision(config, arguments.name, autogenerate=True)


def merge(config: Config) -> None:
    """Write a migration that follows all the newest; raise `MigrationRefused` for a single one."""
    if len(ScriptDirectory.from_config(config).get_heads()) < 2:  # noqa: PLR2004 # to be merged
        message = "There is one newest migration only: nothing to merge."
        raise MigrationRefused(message)
    command.merge(config, "heads", message="merge branches")


if __name__ == "__main__":
    main()
