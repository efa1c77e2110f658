/**
 * Applies the migrations of `migrations/` in the order of their names, one process at a time.
 *
 * Each is a module with `up(db)`. It is recorded when it is through, so one that was interrupted
 * runs again: what it does must be right the second time, too.
 */
import { randomUUID } from "node:crypto";
import { readdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { mongo } from "mongoose";
import { forMigrations, isUniqueViolation } from "./database.ts";
import { log } from "./logging.ts";
import { Refusal } from "./refusal.ts";

interface Migration {
  up: (db: mongo.Db) => Promise<void>;
}

interface AppliedMigration {
  _id: string;
  applied_at: Date;
}

interface Lock {
  _id: string;
  owner: string;
  expires_at: Date;
}

const FOLDER = new URL("migrations/", import.meta.url);
const MODULE = /^([^.]+)\.(?:ts|js)$/;
const RECORDS = "migrations";
const LOCKS = "migration_locks";
const LOCK = "migrate";
// A process that dies leaves its lock behind: after this long another one takes it over.
const LEASE_MS = 30_000;
const WAIT_MS = 200;
const NAMESPACE_EXISTS = 48;
// CommandNotFound, CommandNotSupported, NotImplemented: a service that only speaks the protocol.
const NOT_SUPPORTED = new Set<unknown>([59, 115, 238]);

/** Applies what is pending and returns the names. Safe to run from several processes at once. */
export function migrateToLatest(url: string): Promise<string[]> {
  return forMigrations(url, (db) => alone(db, () => applyPending(db)));
}

/** What a collection must look like. */
export interface CollectionOptions {
  schema: mongo.Document;
  indexes: mongo.IndexDescription[];
}

/**
 * Makes a collection, or gives it this schema and these indexes; to do so twice changes nothing.
 *
 * The schema (https://www.mongodb.com/docs/manual/core/schema-validation/) is a second line of
 * defence behind the models. A server that has no such thing goes without, with a warning.
 */
export async function putCollection(
  db: mongo.Db,
  name: string,
  { schema, indexes }: CollectionOptions,
): Promise<void> {
  await db.createCollection(name).catch((error) => {
    if (codeOf(error) !== NAMESPACE_EXISTS) throw error;
  });
  await db.command({ collMod: name, validator: { $jsonSchema: schema } }).catch((error) => {
    if (!NOT_SUPPORTED.has(codeOf(error))) throw error;
    log.warning({ collection: name }, "this server has no validators");
  });
  await db.collection(name).createIndexes(indexes);
}

async function applyPending(db: mongo.Db): Promise<string[]> {
  const records = db.collection<AppliedMigration>(RECORDS);
  const done = new Set((await records.find().toArray()).map((record) => record._id));
  const known = await migrations();
  const missing = [...done].find((name) => !known.some((migration) => migration.name === name));
  if (missing) {
    throw new Refusal(
      `The database has the migration ${missing}, which is missing here: it may be on another branch.`,
    );
  }
  const applied: string[] = [];
  for (const { name, up } of known) {
    if (done.has(name)) continue;
    await up(db);
    await records.insertOne({ _id: name, applied_at: await now(db) });
    applied.push(name);
  }
  return applied;
}

async function migrations(): Promise<({ name: string } & Migration)[]> {
  const found = [];
  for (const file of (await readdir(FOLDER)).sort()) {
    const name = MODULE.exec(file)?.[1];
    if (name) found.push({ name, up: (await import(new URL(file, FOLDER).href)).up });
  }
  return found;
}

/** Does the work while no other process migrates this database. */
async function alone<T>(db: mongo.Db, work: () => Promise<T>): Promise<T> {
  const owner = randomUUID();
  if (!(await take(db, owner))) {
    log.warning("another process migrates, or died at it: waiting for its lock");
    while (!(await take(db, owner))) await sleep(WAIT_MS);
  }
  const renewal = setInterval(() => {
    // Two more tries fit into the lease.
    renew(db, owner).catch((error) =>
      log.warning({ error: error.name }, "the lock of the migrations was not renewed"),
    );
  }, LEASE_MS / 3);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    await db.collection<Lock>(LOCKS).deleteOne({ _id: LOCK, owner });
  }
}

async function take(db: mongo.Db, owner: string): Promise<boolean> {
  try {
    await db
      .collection<Lock>(LOCKS)
      .updateOne(
        { _id: LOCK, expires_at: { $lte: await now(db) } },
        { $set: { owner, expires_at: await leaseEnd(db) } },
        { upsert: true },
      );
    return true;
  } catch (error) {
    // There is one that has not expired, so the update became an insert of the same id.
    if (isUniqueViolation(error)) return false;
    throw error;
  }
}

async function renew(db: mongo.Db, owner: string): Promise<void> {
  const lease = { expires_at: await leaseEnd(db) };
  await db.collection<Lock>(LOCKS).updateOne({ _id: LOCK, owner }, { $set: lease });
}

async function leaseEnd(db: mongo.Db): Promise<Date> {
  return new Date((await now(db)).getTime() + LEASE_MS);
}

/** Returns the time by the server's clock, which all processes share. */
async function now(db: mongo.Db): Promise<Date> {
  return (await db.command({ hello: 1 })).localTime;
}

function codeOf(error: unknown): unknown {
  return error instanceof mongo.MongoServerError ? error.code : undefined;
}
