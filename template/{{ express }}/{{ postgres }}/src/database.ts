/** PostgreSQL: the connection pool, sessions, and what counts as an outage. */
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient, sql } from "kysely";
import pg from "pg";
import { SLUG } from "./about.ts";
import { parseUrl } from "./database-url.ts";
import { type DatabaseUnavailable, reported, succeeds } from "./outages.ts";
import { Refusal } from "./refusal.ts";
import type { Tables } from "./tables.ts";

/** What queries run on: the whole database, or one transaction. */
export type Session = Kysely<Tables>;

// SQLSTATEs and their classes (PostgreSQL, appendix A): connection, transaction rollback,
// insufficient resources, object not in the prerequisite state, operator intervention; and a server
// that has become a read-only replica.
const OUTAGES = ["08", "40", "53", "55", "57", "25006"];
// Of a migration: the connection, or the server as a whole. All else is about its statements.
const MIGRATION_OUTAGES = ["08", "57P"];
// A server that is still there answers with its own time-out first, and keeps the connection.
const HEAD_START_MS = 250;
const PROBE_MS = 1500;
const MIGRATION_CONNECT_MS = 10_000;
// Messages of the driver's own errors, which have neither a code nor a class.
const QUERY_TIMEOUT = "Query read timeout";
const POOL_TIMEOUT = "timeout exceeded when trying to connect";
const NO_TLS = "The server does not support SSL connections";
// What an administrator sets for a role or a database must not change what comes back.
const SESSION = `
  set datestyle = 'ISO';
  set timezone = 'UTC';
  set intervalstyle = 'postgres';
  set bytea_output = 'hex';
  set extra_float_digits = 1;
  set standard_conforming_strings = on;
  set default_transaction_isolation = 'read committed';
`;

/** Throws when this is no URL of a PostgreSQL database. */
export function checkUrl(url: string): void {
  parseUrl(url);
}

/** Returns where the database is, for people: without user and password. */
export function addressOf(url: string): string {
  return parseUrl(url).address;
}

export interface DatabaseOptions {
  poolSize: number;
  timeoutSeconds: number;
}

/** The database of the service: a bounded pool, and errors that say what they mean. */
export class Database {
  readonly #queries: Session;
  readonly #probe: Session;

  constructor(url: string, { poolSize, timeoutSeconds }: DatabaseOptions) {
    const timeoutMs = Math.ceil(timeoutSeconds * 1000);
    this.#queries = kysely(url, { size: poolSize, connectMs: timeoutMs, statementMs: timeoutMs });
    this.#probe = kysely(url, { size: 1, connectMs: PROBE_MS, statementMs: PROBE_MS });
  }

  /** Runs queries, each on its own. */
  read<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return work(this.#queries);
  }

  /** Runs the work in one transaction and commits it. */
  write<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#queries.transaction().execute(work);
  }

  /** Tells whether the database answers, on a connection of its own: the pool may be busy. */
  ping(): Promise<boolean> {
    return succeeds(() => sql`select 1`.execute(this.#probe));
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    await Promise.all([this.#queries.destroy(), this.#probe.destroy()]);
  }
}

/** Runs the work on one connection without the time-outs of the service. */
export async function forMigrations<T>(
  url: string,
  work: (database: Kysely<unknown>) => Promise<T>,
): Promise<T> {
  const database = kysely<unknown>(url, {
    size: 1,
    connectMs: MIGRATION_CONNECT_MS,
    outages: MIGRATION_OUTAGES,
  });
  try {
    await checkEncoding(database);
    return await work(database);
  } finally {
    await database.destroy();
  }
}

/** Throws when the database cannot hold every text: its encoding is chosen when it is created. */
async function checkEncoding(database: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ server_encoding: string }>`show server_encoding`.execute(database);
  const encoding = rows[0]?.server_encoding;
  if (encoding !== "UTF8") {
    throw new Refusal(`The encoding of the database is ${encoding}: create it with UTF8.`);
  }
}

interface PoolOptions {
  size: number;
  connectMs: number;
  statementMs?: number;
  outages?: string[];
}

function kysely<Schema = Tables>(
  url: string,
  { size, connectMs, statementMs, outages = OUTAGES }: PoolOptions,
): Kysely<Schema> {
  const pools = parseUrl(url).attempts.map(({ config, wanted }) => {
    const pool = new pg.Pool({
      application_name: SLUG,
      ...config,
      max: size,
      connectionTimeoutMillis: connectMs,
      ...(statementMs && { query_timeout: statementMs + HEAD_START_MS }),
      // Not parameters of the connection: poolers in front of the server refuse those.
      onConnect: async (client) => {
        await client.query(`${SESSION} set statement_timeout = ${statementMs ?? 0}`);
        if (wanted !== "any") await checkServer(client, wanted);
      },
    });
    // A connection that breaks while nobody uses it is replaced; without a listener the event
    // would end the process.
    pool.on("error", reported);
    return pool;
  });
  const pool = new ServerPool(pools, connectMs, outages);
  return new Kysely({ dialect: new PostgresDialect({ pool }) });
}

async function checkServer(client: pg.ClientBase, wanted: "writable" | "read-only"): Promise<void> {
  const { rows } = await client.query("show transaction_read_only");
  const found = rows[0].transaction_read_only === "on" ? "read-only" : "writable";
  if (found !== wanted) throw new Error(`the server is ${found}`);
}

/** Returns what the attempts failed of; no TLS is none when the one without it says more. */
function reasonOf(errors: Error[]): Error {
  const telling = errors.filter(({ message }) => message !== NO_TLS);
  const [first = new AggregateError(errors), ...others] = telling;
  return others.length === 0 ? first : new AggregateError(telling);
}

/**
 * The connections to the first server, and in the first way, that works.
 *
 * A connection that failed is not used again, and outages are `DatabaseUnavailable`.
 */
class ServerPool implements PostgresPool {
  readonly options = {};
  readonly #pools: pg.Pool[];
  readonly #timeoutMs: number;
  readonly #outages: string[];
  // The connections that have ended: their errors are about the network and not about the query.
  readonly #ended = new WeakSet<pg.PoolClient>();
  #current = 0;

  constructor(pools: pg.Pool[], timeoutMs: number, outages: string[]) {
    this.#pools = pools;
    this.#timeoutMs = timeoutMs;
    this.#outages = outages;
    for (const pool of pools) {
      pool.on("connect", (client) => client.on("error", () => this.#ended.add(client)));
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.end()));
  }

  async connect(): Promise<PostgresPoolClient> {
    const end = performance.now() + this.#timeoutMs;
    const errors: Error[] = [];
    for (;;) {
      const tried = this.#current;
      try {
        return this.#reporting(await (this.#pools[tried] as pg.Pool).connect());
      } catch (error) {
        errors.push(error as Error);
        if ((error as Error).message === POOL_TIMEOUT) throw reported(error);
      }
      if (this.#current === tried) this.#current = (tried + 1) % this.#pools.length;
      if (errors.length >= this.#pools.length || performance.now() >= end) {
        throw reported(reasonOf(errors));
      }
    }
  }

  #reporting(client: pg.PoolClient): PostgresPoolClient {
    let outage: DatabaseUnavailable | undefined;
    let failure: DatabaseUnavailable | undefined;
    const query = async (text: string, parameters: unknown[]) => {
      if (failure) throw failure;
      try {
        return await client.query(text, parameters);
      } catch (error) {
        if (error instanceof pg.DatabaseError && !this.#ended.has(client)) {
          const { code = "" } = error;
          if (!this.#outages.some((start) => code.startsWith(start))) throw error;
          outage = reported(error);
          throw outage;
        }
        // What is left without an end or a time-out is a parameter that the driver cannot send.
        if (!this.#ended.has(client) && (error as Error).message !== QUERY_TIMEOUT) throw error;
        // The server may have said why before it ended the connection.
        failure = outage ?? reported(error);
        throw failure;
      }
    };
    return {
      // Cursors, the other form of a query, are not used.
      query: query as unknown as PostgresPoolClient["query"],
      release: (destroy) => client.release(destroy || failure !== undefined),
    };
  }
}
