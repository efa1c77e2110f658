"""Items."""

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None

# The text of a time, which sorts as the times do.
TIME = "0000-00-00 00:00:00.000000".replace("0", "[0-9]")


def upgrade() -> None:
    op.create_table(
        "items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.String(255), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"created_at GLOB '{TIME}'", name=op.f("ck_items_created_at")),
        sa.CheckConstraint(f"updated_at GLOB '{TIME}'", name=op.f("ck_items_updated_at")),
        sa.PrimaryKeyConstraint("id", name="pk_items"),
    )
    op.create_index("ix_items_owner_id_created_at_id", "items", ["owner_id", "created_at", "id"])


def downgrade() -> None:
    op.drop_table("items")
