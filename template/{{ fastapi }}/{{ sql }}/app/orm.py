"""What every table has in common."""

from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

import uuid_utils.compat
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from app.database import Timestamp


class Base(DeclarativeBase):
    """The base of all models."""

    # Names that a migration can refer to: without them, each database makes up its own.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: Timestamp}


def utc_now() -> datetime:
    """Return the time with microseconds: by the clock of the service, not of the database."""
    return datetime.now(UTC)


def new_id() -> UUID:
    """Return a UUID of version 7 (RFC 9562): ids that grow keep indexes compact."""
    return uuid_utils.compat.uuid7()
