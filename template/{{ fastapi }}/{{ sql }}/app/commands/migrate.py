"""Applies the pending migrations. Safe to run from several processes at once."""

from alembic import command
from alembic.config import Config


def main() -> None:
    """Upgrade the database to the newest revision."""
    command.upgrade(Config(toml_file="pyproject.toml"), "head")


if __name__ == "__main__":
    main()
