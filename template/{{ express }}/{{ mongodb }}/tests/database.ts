/** Databases for tests, on the server that `npm test` has chosen. */
import { randomUUID } from "node:crypto";
import { mongo } from "mongoose";
import { migrateToLatest } from "../src/migrator.ts";

/** The database after which all others are named, so that they are removed with it. */
const FIRST = process.env.DATABASE_URL ?? "";

/** Returns the URL of a new, migrated database. */
export async function freshDatabase(): Promise<string> {
  const url = await emptyDatabase();
  await migrateToLatest(url);
  return url;
}

/** Returns the URL of a new database without collections. */
export async function emptyDatabase(): Promise<string> {
  const [path = "", ...options] = FIRST.split("?");
  // Short: a name has 63 bytes at most.
  return [`${path}-${randomUUID().slice(0, 13)}`, ...options].join("?");
}

/** Does the work as an administrator of the database would. */
export async function withDatabase<T>(url: string, work: (db: mongo.Db) => Promise<T>): Promise<T> {
  const client = new mongo.MongoClient(url, { promoteBuffers: true });
  try {
    return await work(client.db());
  } finally {
    await client.close();
  }
}

/** Returns the URL of the same database, but through a port of this machine only. */
export function throughPort(url: string, port: number): string {
  const through = new URL(url);
  through.hostname = "127.0.0.1";
  through.port = String(port);
  // With the name of the replica set the driver would ask for its members, and go to those.
  through.searchParams.delete("replicaSet");
  through.searchParams.set("directConnection", "true");
  return through.href;
}

/** Makes every list of items fail in a way that nobody foresaw. */
export async function spoilItems(url: string): Promise<void> {
  await withDatabase(url, (db) => db.collection("items").dropIndexes());
}
