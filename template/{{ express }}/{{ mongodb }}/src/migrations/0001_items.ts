import type { mongo } from "mongoose";
import { putCollection } from "../migrator.ts";

const schema = {
  bsonType: "object",
  required: ["_id", "owner_id", "title", "description", "created_at", "updated_at"],
  properties: {
    _id: { bsonType: "string", pattern: "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" },
    owner_id: { bsonType: "string", minLength: 1, maxLength: 255 },
    title: { bsonType: "string", minLength: 1, maxLength: 200 },
    description: { bsonType: ["string", "null"], maxLength: 2000 },
    created_at: { bsonType: "date" },
    updated_at: { bsonType: "date" },
  },
};

export async function up(db: mongo.Db): Promise<void> {
  // Serves the list: the items of one owner in the order of the cursor, read backwards.
  const byOwner = {
    key: { owner_id: 1, created_at: 1, _id: 1 },
    name: "owner_id_created_at_id",
  } as const;
  await putCollection(db, "items", { schema, indexes: [byOwner] });
}
