import { type Kysely, sql } from "kysely";

export async function up(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable("items")
    .addColumn("id", "uuid", (column) => column.notNull())
    .addColumn("owner_id", "varchar(255)", (column) => column.notNull())
    .addColumn("title", "varchar(200)", (column) => column.notNull())
    .addColumn("description", "text")
    // A Date holds no more than milliseconds: with microseconds here, a cursor would skip rows.
    .addColumn("created_at", sql`timestamptz(3)`, (column) => column.notNull())
    .addColumn("updated_at", sql`timestamptz(3)`, (column) => column.notNull())
    .addPrimaryKeyConstraint("pk_items", ["id"])
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
