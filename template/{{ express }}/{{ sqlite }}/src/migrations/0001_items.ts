import { type Kysely, sql } from "kysely";
import { isTime } from "../times.ts";

export async function up(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable("items")
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("owner_id", "text", (column) => column.notNull())
    .addColumn("title", "text", (column) => column.notNull())
    .addColumn("description", "text")
    .addColumn("created_at", "text", (column) => column.notNull().check(isTime("created_at")))
    .addColumn("updated_at", "text", (column) => column.notNull().check(isTime("updated_at")))
    .addPrimaryKeyConstraint("pk_items", ["id"])
    .modifyEnd(sql`strict`)
    .execute();
  // Serves the list: the rows of one owner in the order of the cursor, read backwards.
  await database.schema
    .createIndex("ix_items_owner_id_created_at_id")
    .on("items")
    .columns(["owner_id", "created_at", "id"])
    .execute();
}

export async function down(database: Kysely<unknown>): Promise<void> {
  await database.schema.dropTable("items").execute();
}
