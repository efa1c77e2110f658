"""Writes a migration for what the models have and the database has not."""

import argparse

from alembic import command
from alembic.config import Config


def main() -> None:
    """Bring the database up to date, then compare it with the models."""
    parser = argparse.ArgumentParser(prog="migration", description=__doc__)
    parser.add_argument("name", help="what it does, for example 'add price to items'")
    arguments = parser.parse_args()

    config = Config(toml_file="pyproject.toml")
    command.upgrade(config, "head")
    command.revision(config, arguments.name, autogenerate=True)


if __name__ == "__main__":
    main()
