"""Items."""

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None


def is_time(column: str) -> str:
    """Return the condition that a text is a time, in the one spelling that sorts as times do."""
    digits = "0000-00-00 00:00:00.000000".replace("0", "[0-9]")
    # With a modifier, 31 February becomes a day in March, and so another text.
    seconds = f"substr({column}, 1, 19)"
    return f"{column} GLOB '{digits}' AND datetime({seconds}, '+0 days') IS {seconds}"


def upgrade() -> None:
    op.create_table(
        "items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.String(255), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(is_time("created_at"), name=op.f("ck_items_created_at")),
        sa.CheckConstraint(is_time("updated_at"), name=op.f("ck_items_updated_at")),
        sa.PrimaryKeyConstraint("id", name="pk_items"),
    )
    op.create_index("ix_items_owner_id_created_at_id", "items", ["owner_id", "created_at", "id"])


def downgrade() -> None:
    op.drop_table("items")
