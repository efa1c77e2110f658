import type { mongo } from "mongoose";
import { putCollection } from "../migrator.ts";

const ID = { bsonType: "string", pattern: "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" };
const DATE = { bsonType: "date" };
const DATE_OR_NULL = { bsonType: ["date", "null"] };
const HASH = { bsonType: "binData" };
const COUNT = { bsonType: "int", minimum: 0 };

const users = {
  bsonType: "object",
  required: [
    "_id",
    "email",
    "password_hash",
    "role",
    "created_at",
    "disabled_at",
    "token_generation",
  ],
  properties: {
    _id: ID,
    // In lower case, which makes addresses unique whatever their case.
    email: { bsonType: "string", pattern: "^[^A-Z]+$", maxLength: 254 },
    password_hash: { bsonType: "string", maxLength: 255 },
    role: { enum: ["user", "admin"] },
    created_at: DATE,
    disabled_at: DATE_OR_NULL,
    token_generation: COUNT,
  },
};

const families = {
  bsonType: "object",
  required: ["_id", "user_id", "token_generation", "token_hash", "expires_at", "revoked_at"],
  properties: {
    _id: ID,
    user_id: ID,
    token_generation: COUNT,
    token_hash: HASH,
    family_started_at: DATE_OR_NULL,
    expires_at: DATE,
    revoked_at: DATE_OR_NULL,
  },
};

const usedTokens = {
  bsonType: "object",
  required: ["_id", "token_hash", "family_id", "used_at", "expires_at"],
  properties: {
    _id: ID,
    token_hash: HASH,
    family_id: ID,
    used_at: DATE,
    expires_at: DATE,
  },
};

export async function up(db: mongo.Db): Promise<void> {
  const byEmail = { key: { email: 1 }, name: "email", unique: true } as const;
  // Serves the list of all accounts in the order of the cursor, read backwards.
  const byAge = { key: { created_at: 1, _id: 1 }, name: "created_at_id" } as const;
  await putCollection(db, "users", { schema: users, indexes: [byEmail, byAge] });

  const byHash = { key: { token_hash: 1 }, name: "token_hash", unique: true } as const;
  // The server removes them by itself, within a minute of the time that they hold.
  const expiry = { key: { expires_at: 1 }, name: "expires_at", expireAfterSeconds: 0 } as const;
  await putCollection(db, "refresh_families", { schema: families, indexes: [byHash, expiry] });
  await putCollection(db, "used_refresh_tokens", { schema: usedTokens, indexes: [byHash, expiry] });
}
