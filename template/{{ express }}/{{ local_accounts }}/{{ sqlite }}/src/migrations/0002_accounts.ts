import { type Kysely, sql } from "kysely";
import { isTime } from "../times.ts";

export async function up(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable("users")
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("email", "text", (column) => column.notNull())
    .addColumn("password_hash", "text", (column) => column.notNull())
    .addColumn("role", "text", (column) => column.notNull())
    .addColumn("created_at", "text", (column) => column.notNull().check(isTime("created_at")))
    .addColumn("disabled_at", "text", (column) => column.check(isTime("disabled_at")))
    .addPrimaryKeyConstraint("pk_users", ["id"])
    .addUniqueConstraint("uq_users_email", ["email"])
    .modifyEnd(sql`strict`)
    .execute();
  // Serves the list of all accounts in the order of the cursor, read backwards.
  await database.schema
    .createIndex("ix_users_created_at_id")
    .on("users")
    .columns(["created_at", "id"])
    .execute();

  await database.schema
    .createTable("refresh_tokens")
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("token_hash", "blob", (column) => column.notNull())
    .addColumn("family_id", "text", (column) => column.notNull())
    .addColumn("user_id", "text", (column) => column.notNull())
    .addColumn("family_started_at", "text", (column) => column.check(isTime("family_started_at")))
    .addColumn("expires_at", "text", (column) => column.notNull().check(isTime("expires_at")))
    .addColumn("used_at", "text", (column) => column.check(isTime("used_at")))
    .addColumn("revoked_at", "text", (column) => column.check(isTime("revoked_at")))
    .addPrimaryKeyConstraint("pk_refresh_tokens", ["id"])
    .addUniqueConstraint("uq_refresh_tokens_token_hash", ["token_hash"])
    .addForeignKeyConstraint(
      "fk_refresh_tokens_user_id_users",
      ["user_id"],
      "users",
      ["id"],
      (constraint) => constraint.onDelete("cascade"),
    )
    .modifyEnd(sql`strict`)
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
