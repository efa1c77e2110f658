import { type Kysely, sql } from "kysely";

export async function up(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable("users")
    .addColumn("id", "uuid", (column) => column.notNull())
    .addColumn("email", "varchar(254)", (column) => column.notNull())
    .addColumn("password_hash", "varchar(255)", (column) => column.notNull())
    .addColumn("role", "varchar(20)", (column) => column.notNull())
    .addColumn("created_at", sql`timestamptz(3)`, (column) => column.notNull())
    .addColumn("disabled_at", sql`timestamptz(3)`)
    .addPrimaryKeyConstraint("pk_users", ["id"])
    .addUniqueConstraint("uq_users_email", ["email"])
    .execute();
  // Serves the list of all accounts in the order of the cursor, read backwards.
  await database.schema
    .createIndex("ix_users_created_at_id")
    .on("users")
    .columns(["created_at", "id"])
    .execute();

  await database.schema
    .createTable("refresh_tokens")
    .addColumn("id", "uuid", (column) => column.notNull())
    .addColumn("token_hash", "bytea", (column) => column.notNull())
    .addColumn("family_id", "uuid", (column) => column.notNull())
    .addColumn("user_id", "uuid", (column) => column.notNull())
    .addColumn("family_started_at", sql`timestamptz(3)`)
    .addColumn("expires_at", sql`timestamptz(3)`, (column) => column.notNull())
    .addColumn("used_at", sql`timestamptz(3)`)
    .addColumn("revoked_at", sql`timestamptz(3)`)
    .addPrimaryKeyConstraint("pk_refresh_tokens", ["id"])
    .addUniqueConstraint("uq_refresh_tokens_token_hash", ["token_hash"])
    .addForeignKeyConstraint(
      "fk_refresh_tokens_user_id_users",
      ["user_id"],
      "users",
      ["id"],
      (constraint) => constraint.onDelete("cascade"),
    )
    .execute();
  for (const column of ["family_id", "user_id", "expires_at"]) {
    await database.schema
      .createIndex(`ix_refresh_tokens_${column}`)
      .on("refresh_tokens")
      .column(column)
      .execute();
  }
}

export async function down(database: Kysely<unknown>): Promise<void> {
  await database.schema.dropTable("refresh_tokens").execute();
  await database.schema.dropTable("users").execute();
}
