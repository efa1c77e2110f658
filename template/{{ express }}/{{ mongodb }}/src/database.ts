/** MongoDB: the client with its bounded pool, and what counts as an outage. */
import mongoose, { type Connection, type ConnectOptions, mongo } from "mongoose";
import { SLUG } from "./about.ts";
import { log } from "./logging.ts";
import { Unavailable } from "./problems.ts";

/** What queries run on; models belong to it. */
export type Session = Connection;

// The driver's own calls fill the ten lines that a stack has otherwise.
Error.stackTraceLimit = 30;

// https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml: the credentials are
// refused, another write was faster, the server is busy, took too long, has no disk space or shuts
// down, or is no primary any more.
const OUTAGE_CODES = new Set<unknown>([
  18, 24, 50, 64, 91, 112, 189, 262, 10107, 11600, 11602, 13435, 13436, 14031,
]);
const DUPLICATE_KEY = 11000;
const ACKNOWLEDGED = { writeConcern: { w: "majority" } } as const;
const NAMED_DATABASE = /^[^/]+\/\/[^/]+\/[^?]/;

/** Throws when this is no URL of a MongoDB deployment. */
export function checkUrl(url: string): void {
  try {
    new mongo.MongoClient(url);
  } catch {
    throw new Error("must look like mongodb://user:password@host:27017/database or mongodb+srv://");
  }
}

export interface DatabaseOptions {
  poolSize: number;
  timeoutSeconds: number;
}

/**
 * The database of the service: a bounded pool, and errors that say what they mean.
 *
 * A URL that names no database stands for the one that is called like the service.
 */
export class Database {
  readonly #url: string;
  readonly #options: ConnectOptions;
  readonly #connection = mongoose.createConnection();
  #opening: Promise<Connection> | undefined;

  constructor(url: string, { poolSize, timeoutSeconds }: DatabaseOptions) {
    const timeoutMs = Math.ceil(timeoutSeconds * 1000);
    this.#url = url;
    this.#options = {
      ...databaseName(url),
      ...ACKNOWLEDGED,
      appName: SLUG,
      maxPoolSize: poolSize,
      serverSelectionTimeoutMS: timeoutMs,
      connectTimeoutMS: timeoutMs,
      waitQueueTimeoutMS: timeoutMs,
      socketTimeoutMS: timeoutMs,
      // Queries see what was written before them, whatever the URL says.
      readPreference: "primary",
      // Bytes come back as they went: as a Buffer.
      promoteBuffers: true,
      // Otherwise queries would wait in a queue of Mongoose's own.
      bufferCommands: false,
      // Migrations make collections and indexes.
      autoCreate: false,
      autoIndex: false,
      // An operator of the query language counts in `trusted()` only: any other is a plain value.
      sanitizeFilter: true,
    };
    // The server gives up a query with the client, instead of working on for nobody.
    this.#connection.set("maxTimeMS", timeoutMs);
  }

  /** Runs queries; throws `Unavailable` when the database cannot be reached, or the pool is exhausted. */
  read<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return reportingOutages(async () => work(await this.#connected()));
  }

  /**
   * Runs changes, each of which is safe on a majority of the servers when it returns.
   *
   * Each operation is atomic for one document, and nothing undoes it when a later one fails.
   */
  write<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.read(work);
  }

  /** Tells whether the database answers. */
  async ping(): Promise<boolean> {
    try {
      await this.read((session) => session.getClient().db().command({ ping: 1 }));
      return true;
    } catch {
      return false;
    }
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    await this.#opening?.catch(() => undefined);
    await this.#connection.close();
  }

  /** Returns the open connection. The driver mends it by itself, but only once it was open. */
  #connected(): Promise<Connection> {
    this.#opening ??= this.#connection.openUri(this.#url, this.#options).catch((error) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }
}

/** Tells whether a document with the same unique value exists already. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof mongo.MongoServerError && error.code === DUPLICATE_KEY;
}

/** Runs the work without the time-outs of the service: a migration may take long. */
export function forMigrations<T>(url: string, work: (db: mongo.Db) => Promise<T>): Promise<T> {
  return reportingOutages(async () => {
    const client = new mongo.MongoClient(url, { ...ACKNOWLEDGED, appName: SLUG });
    try {
      return await work(client.db(databaseName(url).dbName, { readPreference: "primary" }));
    } finally {
      await client.close();
    }
  });
}

function databaseName(url: string): { dbName?: string } {
  return NAMED_DATABASE.test(url) ? {} : { dbName: SLUG };
}

async function reportingOutages<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isOutage(error)) throw error;
    const { name, code } = error as NodeJS.ErrnoException;
    log.warning({ error: code ?? name }, "database unavailable");
    throw new Unavailable();
  }
}

function isOutage(error: unknown): boolean {
  if (error instanceof mongo.MongoServerError) return OUTAGE_CODES.has(error.code);
  return (
    error instanceof mongo.MongoNetworkError ||
    // No server, no connection in time: one class of each library.
    error instanceof mongo.MongoServerSelectionError ||
    error instanceof mongoose.Error.MongooseServerSelectionError ||
    (error instanceof mongo.MongoDriverError && error.name === "MongoWaitQueueTimeoutError") ||
    // The driver passes on what the system says of a name in the DNS, or of a connection whose end
    // it has not heard of yet.
    (error as NodeJS.ErrnoException).syscall !== undefined
  );
}
