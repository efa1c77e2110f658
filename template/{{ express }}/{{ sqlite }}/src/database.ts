/** SQLite: one writer, one reader, and what counts as an outage. */
import { setTimeout as sleep } from "node:timers/promises";
import SqliteFile from "better-sqlite3";
import {
  CompiledQuery,
  type DatabaseConnection,
  Kysely,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
  sql,
} from "kysely";
import { DatabaseUnavailable, reported, succeeds } from "./outages.ts";
import { Slots } from "./slots.ts";
import type { Tables } from "./tables.ts";
import { parseTime } from "./times.ts";

/** What queries run on: the whole database, or one transaction. */
export type Session = Kysely<Tables>;

const SCHEME = "sqlite:///";
// https://www.sqlite.org/rescode.html: the file is locked, missing, read-only, damaged, none of
// SQLite, on a full or broken disk. Everything else is a mistake of ours.
const OUTAGE = /^SQLITE_(BUSY|LOCKED|CANTOPEN|READONLY|CORRUPT|NOTADB|FULL|IOERR)/;
const BUSY = /^SQLITE_(BUSY|LOCKED)/;
const RETRY_MS = 10;
const PROBE_MS = 1500;
const MIGRATION_TIMEOUT_MS = 300_000;
// Columns of this name hold times.
const TIME = /_at$/;
// After a full disk, for example, SQLite has ended the transaction itself:
// https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction
const ENDED_ALREADY = "cannot rollback - no transaction is active";

/** Throws when this is no URL of an SQLite file. */
export function checkUrl(url: string): void {
  const path = url.startsWith(SCHEME) ? pathOf(url) : "";
  if (path === "" || path === "/" || path === ":memory:") {
    throw new Error("must look like sqlite:///relative/path.db or sqlite:////absolute/path.db");
  }
}

/** Returns where the database is, for people. */
export function addressOf(url: string): string {
  return pathOf(url);
}

export interface DatabaseOptions {
  /** Without effect: the calls are synchronous, so a second reader would wait for the first. */
  poolSize: number;
  timeoutSeconds: number;
}

/**
 * The database of the service.
 *
 * SQLite has one writer at a time. The service has one connection that writes, so its own requests
 * queue for that instead of for the file's lock, and reads are never held up.
 */
export class Database {
  readonly #reader: Session;
  readonly #writer: Session;
  readonly #probe: Session;
  readonly #turns = new Slots(1);
  readonly #timeoutMs: number;

  constructor(url: string, { timeoutSeconds }: DatabaseOptions) {
    this.#timeoutMs = timeoutSeconds * 1000;
    this.#reader = kysely(url, this.#timeoutMs, "reader");
    this.#writer = kysely(url, this.#timeoutMs, "writer");
    this.#probe = kysely(url, PROBE_MS, "reader");
  }

  /** Runs queries, each on its own; they cannot write. */
  read<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return work(this.#reader);
  }

  /** Runs the work in one transaction and commits it. */
  write<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#turns.run(() => this.#writer.transaction().execute(work), this.#timeoutMs);
  }

  /** Tells whether the database answers, on a connection of its own. */
  ping(): Promise<boolean> {
    // Unlike `select 1` this reads the file.
    return succeeds(() => sql`pragma schema_version`.execute(this.#probe));
  }

  /** Closes the file. */
  async close(): Promise<void> {
    await this.#reader.destroy();
    await this.#writer.destroy();
    await this.#probe.destroy();
  }
}

/** Runs the work in one transaction, while no other process can write. */
export async function forMigrations<T>(
  url: string,
  work: (database: Kysely<unknown>) => Promise<T>,
): Promise<T> {
  const database = kysely<unknown>(url, MIGRATION_TIMEOUT_MS, "writer");
  try {
    return await database.connection().execute(async (connection) => {
      await patiently(MIGRATION_TIMEOUT_MS, () => sql`begin immediate`.execute(connection));
      try {
        const result = await work(connection);
        await sql`commit`.execute(connection);
        return result;
      } catch (error) {
        await unlessEnded(sql`rollback`.execute(connection));
        throw error;
      }
    });
  } finally {
    await database.destroy();
  }
}

type Task = "reader" | "writer";

function kysely<Schema = Tables>(url: string, timeoutMs: number, task: Task): Kysely<Schema> {
  return new Kysely({ dialect: new Dialect(() => open(url, timeoutMs, task), timeoutMs) });
}

class Dialect extends SqliteDialect {
  readonly #file: () => Promise<SqliteDatabase>;
  readonly #timeoutMs: number;

  constructor(file: () => Promise<SqliteDatabase>, timeoutMs: number) {
    super({ database: file });
    this.#file = file;
    this.#timeoutMs = timeoutMs;
  }

  override createDriver(): SqliteDriver {
    return new Driver(this.#file, this.#timeoutMs);
  }
}

class Driver extends SqliteDriver {
  readonly #timeoutMs: number;

  constructor(file: () => Promise<SqliteDatabase>, timeoutMs: number) {
    super({ database: file });
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Takes the file's lock at once: a transaction that reads first and then writes could not get it
   * any more when another process wrote in between.
   */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    const begin = CompiledQuery.raw("begin immediate");
    await patiently(this.#timeoutMs, () => connection.executeQuery(begin));
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await unlessEnded(super.rollbackTransaction(connection));
  }
}

/** Waits for a rollback; a failure for want of a transaction must not hide why it was ended. */
async function unlessEnded(rollback: Promise<unknown>): Promise<void> {
  try {
    await rollback;
  } catch (error) {
    if ((error as Error).message !== ENDED_ALREADY) throw error;
  }
}

/** Opens the file. The calls are synchronous, so none may wait for a lock: `patiently` does. */
function open(url: string, timeoutMs: number, task: Task): Promise<SqliteDatabase> {
  return patiently(timeoutMs, async () => {
    const file = openFile(pathOf(url));
    try {
      return orOutage(() => {
        file.pragma("journal_mode = wal");
        file.pragma("foreign_keys = on");
        if (task === "reader") file.pragma("query_only = on");
        return reporting(file);
      });
    } catch (error) {
      file.close();
      throw error;
    }
  });
}

function openFile(path: string): SqliteFile.Database {
  try {
    return new SqliteFile(path, { timeout: 0 });
  } catch (error) {
    // For example a missing folder, for which SQLite has no code.
    throw reported(error);
  }
}

/** Returns the file with its outages as `Unavailable`, and with times instead of text. */
function reporting(file: SqliteFile.Database): SqliteDatabase {
  return {
    close: () => file.close(),
    prepare: (text) => {
      const statement = orOutage(() => file.prepare(text));
      return {
        reader: statement.reader,
        all: (values) => orOutage(() => statement.all(values.map(stored)).map(withTimes)),
        run: (values) => orOutage(() => statement.run(values.map(stored))),
        iterate: (values) => statement.iterate(values.map(stored)),
      };
    },
  };
}

function stored(value: unknown): unknown {
  return value instanceof Date ? value.toISOString() : value;
}

function withTimes(row: unknown): unknown {
  return Object.fromEntries(
    Object.entries(row as object).map(([name, value]) => [
      name,
      TIME.test(name) && typeof value === "string" ? (parseTime(value) ?? value) : value,
    ]),
  );
}

/** An outage that may be over in a moment. */
class Busy extends DatabaseUnavailable {}

function orOutage<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    const code = error instanceof SqliteFile.SqliteError ? error.code : "";
    if (BUSY.test(code)) throw new Busy(error);
    throw OUTAGE.test(code) ? reported(error) : error;
  }
}

async function patiently<T>(timeoutMs: number, attempt: () => Promise<T>): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Busy)) throw error;
      if (performance.now() >= end) throw reported(error.cause);
    }
    await sleep(RETRY_MS);
  }
}

function pathOf(url: string): string {
  return decodeURIComponent(url.slice(SCHEME.length).split("?", 1)[0] ?? "");
}
