"""What the commands that work on the database have in common."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from app.database_url import place_of
from app.outages import DatabaseUnavailable
from app.settings import DatabaseSettings

EX_UNAVAILABLE = 69  # sysexits.h: a service is unavailable


@contextmanager
def reachable_database(settings: DatabaseSettings) -> Iterator[None]:
    """Exit with code 69 and one line when the database cannot be reached in this block."""
    try:
        yield
    except DatabaseUnavailable as error:
        place = place_of(settings.database_url.get_secret_value())
        print(f"The database at {place} cannot be reached: {error.reason}", file=sys.stderr)
        raise SystemExit(EX_UNAVAILABLE) from None
