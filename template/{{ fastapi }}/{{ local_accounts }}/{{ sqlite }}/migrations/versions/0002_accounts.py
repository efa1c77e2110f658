"""Accounts and their refresh tokens."""

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"


def is_time(column: str) -> str:
    """Return the condition that a text is a time, in the one spelling that sorts as times do."""
    digits = "0000-00-00 00:00:00.000000".replace("0", "[0-9]")
    # With a modifier, 31 February becomes a day in March, and so another text.
    seconds = f"substr({column}, 1, 19)"
    return f"{column} GLOB '{digits}' AND datetime({seconds}, '+0 days') IS {seconds}"


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("password_hash", sa.String(255), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(is_time("created_at"), name=op.f("ck_users_created_at")),
        sa.CheckConstraint(is_time("disabled_at"), name=op.f("ck_users_disabled_at")),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
    )
    op.create_index("ix_users_created_at_id", "users", ["created_at", "id"])
    op.create_table(
        "refresh_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("family_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            is_time("family_started_at"), name=op.f("ck_refresh_tokens_family_started_at")
        ),
        sa.CheckConstraint(is_time("expires_at"), name=op.f("ck_refresh_tokens_expires_at")),
        sa.CheckConstraint(is_time("used_at"), name=op.f("ck_refresh_tokens_used_at")),
        sa.CheckConstraint(is_time("revoked_at"), name=op.f("ck_refresh_tokens_revoked_at")),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name="fk_refresh_tokens_user_id_users",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_refresh_tokens"),
        sa.UniqueConstraint("token_hash", name="uq_refresh_tokens_token_hash"),
    )
    op.create_index("ix_refresh_tokens_family_id", "refresh_tokens", ["family_id"])
    op.create_index("ix_refresh_tokens_user_id", "refresh_tokens", ["user_id"])
    op.create_index("ix_refresh_tokens_expires_at", "refresh_tokens", ["expires_at"])


def downgrade() -> None:
    op.drop_table("refresh_tokens")
    op.drop_table("users")
