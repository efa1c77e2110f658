"""Why a database is not migrated."""


class MigrationRefused(Exception):  # noqa: N818 # what happened, and nothing is broken
    """This database cannot be migrated as it is; the text says why, in one line."""
