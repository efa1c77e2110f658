/** MongoDB: the client with its bounded pool, and what counts as an outage. */
import mongoose, { type Connection, type ConnectOptions, mongo } from "mongoose";
import { SLUG } from "./about.ts";
import { log } from "./logging.ts";
import { DatabaseUnavailable, reported, succeeds } from "./outages.ts";

/** What queries run on; models belong to it. */
export type Session = Connection;

// The driver's own calls fill the ten lines that a stack has otherwise.
Error.stackTraceLimit = 30;

// Every kind of call that reaches the driver.
const OPERATIONS = /^(?!init$|validate$)/;

mongoose.plugin((schema) => {
  // Mongoose itself sends the `maxTimeMS` of a connection with what returns documents only.
  schema.pre(["updateOne", "deleteOne", "deleteMany"], function () {
    this.maxTimeMS(this.model.db.get("maxTimeMS"));
  });
  // The driver passes on what the system says of a socket that it writes to. Here it is the driver's;
  // further out it may be from the service's own files and connections.
  schema.post(OPERATIONS, { errorHandler: true }, (error: Error) => {
    if (isSystemError(error)) throw reported(error);
  });
});

// https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml: a router finds no
// server, the credentials are refused, another write was faster, the server is busy, took too long,
// has no disk space or shuts down, or is no primary any more.
const OUTAGE_CODES = new Set<unknown>([
  6, 7, 18, 24, 50, 64, 89, 91, 112, 133, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436, 14031,
]);
const SOCKET_CODES = new Set<unknown>(["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED", "ETIMEDOUT"]);
const DUPLICATE_KEY = 11000;
// How soon the driver notices that a server is back to which nobody asked for a connection.
const HEARTBEAT_MS = 2000;
const PROBE_MS = 1500;
const LATE = Symbol("late");
// Queries see what was written before them, and no server alone has it, whatever the URL says.
const CONSISTENT = { readPreference: "primary", writeConcern: { w: "majority" } } as const;
const URL_PARTS = /^[^/]+\/\/(?:[^/]*@)?(?<hosts>[^/?]+)(?:\/(?<name>[^?]+))?/;

/** Throws when this is no URL of a MongoDB deployment. */
export function checkUrl(url: string): void {
  try {
    new mongo.MongoClient(url, CONSISTENT).db();
  } catch {
    throw new Error("must look like mongodb://user:password@host:27017/database or mongodb+srv://");
  }
}

/** Returns where the database is, for people: without user and password. */
export function addressOf(url: string): string {
  const { hosts, name = SLUG } = URL_PARTS.exec(url)?.groups ?? {};
  return `${hosts}/${name}`;
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
  readonly #client: Client;
  readonly #probe: Client;

  constructor(url: string, { poolSize, timeoutSeconds }: DatabaseOptions) {
    this.#client = new Client(url, poolSize, Math.ceil(timeoutSeconds * 1000));
    this.#probe = new Client(url, 1, PROBE_MS);
  }

  /** Runs queries; throws `Unavailable` when the database cannot be reached, or the pool is exhausted. */
  read<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#client.run(work);
  }

  /**
   * Runs changes, each of which is safe on a majority of the servers when it returns.
   *
   * Each operation is atomic for one document, and nothing undoes it when a later one fails.
   */
  write<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#client.run(work);
  }

  /** Tells whether the database answers, on a connection of its own: the pool may be busy. */
  ping(): Promise<boolean> {
    return succeeds(() =>
      this.#probe.run((session) => session.getClient().db().command({ ping: 1 })),
    );
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    await Promise.all([this.#client.close(), this.#probe.close()]);
  }
}

/** One pool of connections, which is opened at its first use. */
class Client {
  readonly #url: string;
  readonly #options: ConnectOptions;
  readonly #timeoutMs: number;
  #opening: Promise<Connection> | undefined;

  constructor(url: string, poolSize: number, timeoutMs: number) {
    this.#url = url;
    this.#timeoutMs = timeoutMs;
    this.#options = {
      ...databaseName(url),
      ...CONSISTENT,
      appName: SLUG,
      minPoolSize: 0,
      maxPoolSize: poolSize,
      serverSelectionTimeoutMS: timeoutMs,
      connectTimeoutMS: timeoutMs,
      waitQueueTimeoutMS: timeoutMs,
      socketTimeoutMS: timeoutMs,
      heartbeatFrequencyMS: HEARTBEAT_MS,
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
  }

  async run<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const opening = this.#connected();
    const session = await opening;
    try {
      return await this.#inTime(opening, work(session));
    } catch (error) {
      throw isOutage(error) ? reported(error) : error;
    }
  }

  async close(): Promise<void> {
    const connection = await this.#opening?.catch(() => undefined);
    await connection?.destroy();
  }

  /** Returns the open connection. The driver mends it by itself, but only once it was open. */
  #connected(): Promise<Connection> {
    this.#opening ??= this.#open().catch((error) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #open(): Promise<Connection> {
    const connection = mongoose.createConnection();
    // The server gives up with the client, instead of working on for nobody.
    connection.set("maxTimeMS", this.#timeoutMs);
    try {
      return await connection.openUri(this.#url, this.#options);
    } catch (error) {
      await connection.destroy(true);
      // Whatever keeps it from connecting: a name in the DNS, a refused login, no answer in time.
      throw reported(error);
    }
  }

  /**
   * Waits for the work, but not for ever, as the driver does (7.9) when it writes to a socket that
   * has just closed: it never uses its place in the pool again. So the pool is replaced, and closed
   * when the rest of what runs on it has ended, or has been given up too.
   */
  async #inTime<T>(opening: Promise<Connection>, work: Promise<T>): Promise<T> {
    const late = Promise.withResolvers<typeof LATE>();
    const timer = setTimeout(late.resolve, 2 * this.#timeoutMs, LATE);
    try {
      const result = await Promise.race([work, late.promise]);
      if (result !== LATE) return result;
    } finally {
      clearTimeout(timer);
    }
    if (this.#opening === opening) {
      this.#opening = undefined;
      const connection = await opening;
      setTimeout(() => void closeForGood(connection), 2 * this.#timeoutMs);
    }
    throw new mongo.MongoOperationTimeoutError("the driver does not answer");
  }
}

/** Tells whether a document with the same unique value exists already. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof mongo.MongoServerError && error.code === DUPLICATE_KEY;
}

/** Runs the work without the time-outs of the service: a migration may take long. */
export async function forMigrations<T>(
  url: string,
  work: (db: mongo.Db) => Promise<T>,
): Promise<T> {
  const client = new mongo.MongoClient(url, { ...CONSISTENT, appName: SLUG });
  try {
    await connect(client);
    return await work(client.db(databaseName(url).dbName));
  } catch (error) {
    throw isOutage(error) ? new DatabaseUnavailable(error) : error;
  } finally {
    await client.close();
  }
}

async function connect(client: mongo.MongoClient): Promise<void> {
  try {
    await client.connect();
  } catch (error) {
    throw new DatabaseUnavailable(error);
  }
}

async function closeForGood(connection: Connection): Promise<void> {
  await connection
    .destroy(true)
    .catch((error) => log.warning({ error: error.name }, "pool not closed"));
}

function databaseName(url: string): { dbName?: string } {
  return URL_PARTS.exec(url)?.groups?.name ? {} : { dbName: SLUG };
}

function isOutage(error: unknown): boolean {
  // Refused while a connection was opened, for whatever reason.
  if (error instanceof mongo.MongoError && error.hasErrorLabel("HandshakeError")) return true;
  if (error instanceof mongo.MongoServerError) return OUTAGE_CODES.has(error.code);
  return (
    error instanceof mongo.MongoNetworkError ||
    // No server, no connection in time: one class of each library.
    error instanceof mongo.MongoServerSelectionError ||
    error instanceof mongoose.Error.MongooseServerSelectionError ||
    error instanceof mongo.MongoOperationTimeoutError ||
    (error instanceof mongo.MongoDriverError && error.name === "MongoWaitQueueTimeoutError")
  );
}

function isSystemError(error: Error): boolean {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return syscall !== undefined || SOCKET_CODES.has(code);
}
