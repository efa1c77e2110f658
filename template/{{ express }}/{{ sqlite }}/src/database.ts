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
import { log } from "./logging.ts";
import { Unavailable } from "./problems.ts";
import { Slots } from "./slots.ts";
import type { Tables } from "./tables.ts";

/** What queries run on: the whole database, or one transaction. */
export type Session = Kysely<Tables>;

const SCHEME = "sqlite:///";
// https://www.sqlite.org/rescode.html: the file is locked, missing, read-only, on a full or broken
// disk. Everything else is a mistake of ours.
const OUTAGE = /^SQLITE_(BUSY|LOCKED|CANTOPEN|READONLY|FULL|IOERR)/;
const BUSY = /^SQLITE_(BUSY|LOCKED)/;
const RETRY_MS = 10;
const MIGRATION_TIMEOUT_MS = 300_000;
// Columns of this name hold times, as text of fixed width that sorts like the times.
const TIME = /_at$/;

/** Throws when this is no URL of an SQLite file. */
export function checkUrl(url: string): void {
  const path = url.startsWith(SCHEME) ? pathOf(url) : "";
  if (path === "" || path === "/" || path === ":memory:") {
    throw new Error("must look like sqlite:///relative/path.db or sqlite:////absolute/path.db");
  }
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
  readonly #turns = new Slots(1);
  readonly #timeoutMs: number;

  constructor(url: string, { timeoutSeconds }: DatabaseOptions) {
    this.#timeoutMs = timeoutSeconds * 1000;
    this.#reader = kysely(url, this.#timeoutMs, "reader");
    this.#writer = kysely(url, this.#timeoutMs, "writer");
  }

  /** Runs queries, each on its own; they cannot write. */
  read<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return work(this.#reader);
  }

  /** Runs the work in one transaction and commits it. */
  write<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#turns.run(() => this.#writer.transaction().execute(work), this.#timeoutMs);
  }

  /** Tells whether the database answers. */
  async ping(): Promise<boolean> {
    try {
      await sql`select 1`.execute(this.#reader);
      return true;
    } catch {
      return false;
    }
  }

  /** Closes the file. */
  async close(): Promise<void> {
    await this.#reader.destroy();
    await this.#writer.destroy();
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
        await sql`rollback`.execute(connection);
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
    log.warning({ error: (error as Error).name }, "database unavailable");
    throw new Unavailable();
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
      TIME.test(name) && typeof value === "string" ? new Date(value) : value,
    ]),
  );
}

/** An outage that may be over in a moment. */
class Busy extends Unavailable {}

function orOutage<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    const code = error instanceof SqliteFile.SqliteError ? error.code : "";
    if (BUSY.test(code)) throw new Busy();
    if (!OUTAGE.test(code)) throw error;
    log.warning({ error: code }, "database unavailable");
    throw new Unavailable();
  }
}

async function patiently<T>(timeoutMs: number, attempt: () => Promise<T>): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Busy)) throw error;
      if (performance.now() >= end) {
        log.warning({ error: "SQLITE_BUSY" }, "database unavailable");
        throw error;
      }
    }
    await sleep(RETRY_MS);
  }
}

function pathOf(url: string): string {
  return decodeURIComponent(url.slice(SCHEME.length).split("?", 1)[0] ?? "");
}
