/** PostgreSQL: the connection pool, sessions, and what counts as an outage. */
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient, sql } from "kysely";
import pg from "pg";
import { SLUG } from "./about.ts";
import { log } from "./logging.ts";
import { Unavailable } from "./problems.ts";
import type { Tables } from "./tables.ts";

/** What queries run on: the whole database, or one transaction. */
export type Session = Kysely<Tables>;

// SQLSTATE classes (PostgreSQL, appendix A): connection, transaction rollback, insufficient
// resources, object not in the prerequisite state, operator intervention; and a server that has
// become a read-only replica.
const OUTAGE_CLASSES = new Set(["08", "40", "53", "55", "57"]);
const READ_ONLY = "25006";
// A server that is still there answers with its own time-out first, and keeps the connection.
const HEAD_START_MS = 250;

/** Throws when this is no URL of a PostgreSQL database. */
export function checkUrl(url: string): void {
  const scheme = URL.canParse(url) ? new URL(url).protocol : "";
  if (scheme !== "postgresql:" && scheme !== "postgres:") {
    throw new Error("must look like postgresql://user:password@host:5432/database");
  }
}

/** Returns the URL with `sslmode` in the sense of libpq, in which hosting companies use it. */
function driverUrl(url: string): string {
  const parts = new URL(url);
  if (parts.searchParams.has("sslmode")) parts.searchParams.set("uselibpqcompat", "true");
  return parts.href;
}

export interface DatabaseOptions {
  poolSize: number;
  timeoutSeconds: number;
}

/** The database of the service: a bounded pool, and errors that say what they mean. */
export class Database {
  readonly #queries: Session;

  constructor(url: string, { poolSize, timeoutSeconds }: DatabaseOptions) {
    const timeoutMs = timeoutSeconds * 1000;
    const pool = new pg.Pool({
      connectionString: driverUrl(url),
      application_name: SLUG,
      max: poolSize,
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs + HEAD_START_MS,
      keepAlive: true,
      // Not a parameter of the connection: poolers in front of the server refuse that.
      onConnect: async (client) => {
        await client.query(`set statement_timeout = ${Math.ceil(timeoutMs)}`);
      },
    });
    // A connection that breaks is replaced, and the query that it was for fails; without listeners
    // the event would end the process.
    pool.on("error", unavailable);
    pool.on("connect", (client) => client.on("error", () => undefined));
    this.#queries = new Kysely({ dialect: new PostgresDialect({ pool: reporting(pool) }) });
  }

  /** Runs queries, each on its own. */
  read<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return work(this.#queries);
  }

  /** Runs the work in one transaction and commits it. */
  write<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#queries.transaction().execute(work);
  }

  /** Tells whether the database answers. */
  async ping(): Promise<boolean> {
    try {
      await sql`select 1`.execute(this.#queries);
      return true;
    } catch {
      return false;
    }
  }

  /** Closes all connections. */
  close(): Promise<void> {
    return this.#queries.destroy();
  }
}

/** Runs the work on one connection without the time-outs of the service. */
export async function forMigrations<T>(
  url: string,
  work: (database: Kysely<unknown>) => Promise<T>,
): Promise<T> {
  const pool = new pg.Pool({
    connectionString: driverUrl(url),
    application_name: SLUG,
    max: 1,
  });
  const database = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    return await work(database);
  } finally {
    await database.destroy();
  }
}

/** Returns the pool with its outages as `Unavailable`; a connection that failed is not used again. */
function reporting(pool: pg.Pool): PostgresPool {
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => reportingClient(await pool.connect().catch(refuse)),
  };
}

function reportingClient(client: pg.PoolClient): PostgresPoolClient {
  let failure: Unavailable | undefined;
  const query = async (text: string, parameters: unknown[]) => {
    if (failure) throw failure;
    try {
      return await client.query(text, parameters);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) {
        // The driver's own errors: what state the connection is in nobody knows.
        failure = unavailable(error);
        throw failure;
      }
      throw isOutage(error) ? unavailable(error) : error;
    }
  };
  return {
    // Cursors, the other form of a query, are not used.
    query: query as unknown as PostgresPoolClient["query"],
    release: (destroy) => client.release(destroy || failure !== undefined),
  };
}

function isOutage({ code = "" }: pg.DatabaseError): boolean {
  return OUTAGE_CLASSES.has(code.slice(0, 2)) || code === READ_ONLY;
}

function unavailable(error: unknown): Unavailable {
  const { name, code } = error as NodeJS.ErrnoException;
  log.warning({ error: code ?? name }, "database unavailable");
  return new Unavailable();
}

function refuse(error: unknown): never {
  throw unavailable(error);
}
