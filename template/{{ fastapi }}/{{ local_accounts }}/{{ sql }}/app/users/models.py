"""The table of accounts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Enum, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.auth.subject import Role
from app.orm import Base, new_id, utc_now


class User(Base):
    """Somebody who can sign in."""

    __tablename__ = "users"
    # Serves the list of all accounts in the order of the cursor, read backwards.
    __table_args__ = (Index(None, "created_at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    # Lower-cased before it comes here: the constraint makes addresses unique whatever their case.
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    role: Mapped[Role] = mapped_column(
        Enum(Role, native_enum=False, length=20, values_callable=lambda role: [*role]),
        default=Role.USER,
    )
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    disabled_at: Mapped[datetime | None]
