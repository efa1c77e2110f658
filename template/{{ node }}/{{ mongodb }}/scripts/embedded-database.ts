/**
 * A real MongoDB for development and tests: the `mongod` on the PATH, or one that is downloaded.
 *
 * It is a replica set of one member, as MongoDB is run in production: only a replica set has
 * change streams, transactions and writes that the driver may repeat.
 */
import { randomUUID } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { MongoBinary, MongoMemoryReplSet } from "mongodb-memory-server";
import { mongo } from "mongoose";

const VERSION = "8.0.17";
const HOST = "127.0.0.1";
const START_MS = 60_000;

export interface RunningDatabase {
  url: string;
  stop: () => Promise<void>;
}

/** Starts the project's server, whose data survives it, or takes the one that is running. */
export async function developmentDatabase(root: string): Promise<RunningDatabase> {
  const folder = join(root, ".data", "mongodb");
  mkdirSync(folder, { recursive: true });
  const address = join(folder, "url");
  const owner = new DatabaseSync(join(folder, "owner.lock"), { timeout: 0 });
  if (!isFree(owner)) {
    owner.close();
    return { url: await whenWritten(address), stop: async () => undefined };
  }
  // What a process that was killed has left behind.
  rmSync(address, { force: true });
  const server = await startServer("DATABASE_URL in .env", {
    port: await portOf(folder),
    dbPath: join(folder, "data"),
  });
  const url = urlOf(server, "development");
  writeFileSync(address, url);
  const stop = async () => {
    rmSync(address, { force: true });
    await server.stop({ doCleanup: false });
    owner.close();
  };
  return { url, stop };
}

/** Returns a database for tests, on the server of TEST_DATABASE_URL or on one of its own. */
export async function temporaryDatabase(): Promise<RunningDatabase> {
  const given = process.env.TEST_DATABASE_URL;
  if (given) {
    const name = `test-${randomUUID()}`;
    return { url: withName(given, name), stop: () => dropDatabases(given, name) };
  }
  const server = await startServer("TEST_DATABASE_URL", {});
  return { url: urlOf(server, "test"), stop: async () => void (await server.stop()) };
}

async function startServer(
  variable: string,
  instance: { port?: number; dbPath?: string },
): Promise<MongoMemoryReplSet> {
  const systemBinary = await program(variable);
  if (instance.dbPath) mkdirSync(instance.dbPath, { recursive: true });
  return MongoMemoryReplSet.create({
    binary: { version: VERSION, systemBinary, checkMD5: false },
    instanceOpts: [
      // Otherwise it takes half of the machine's memory.
      { ...instance, args: ["--wiredTigerCacheSizeGB", "0.25"], launchTimeout: START_MS },
    ],
    replSet: { count: 1, name: "rs0", ip: HOST, storageEngine: "wiredTiger" },
  });
}

/** Returns the path of `mongod`; exits with the ways to get one when there is none. */
async function program(variable: string): Promise<string> {
  // Whatever version the machine has is the user's choice.
  process.env.MONGOMS_SYSTEM_BINARY_VERSION_CHECK ??= "false";
  const installed = programOnPath("mongod");
  if (installed) return installed;
  try {
    return await MongoBinary.getPath({ version: VERSION });
  } catch (error) {
    const reason = String((error as Error).message).replaceAll(/\s+/g, " ");
    console.error(`There is no \`mongod\` on the PATH, and none could be downloaded: ${reason}

Have one of these:

- MongoDB Community Server, from https://www.mongodb.com/docs/manual/installation/
- a container: docker run --detach --publish 127.0.0.1:27017:27017 mongo:8.0
- for development also a hosted one, for example a free cluster of https://www.mongodb.com/atlas

For a container or a server set ${variable}, for example to mongodb://127.0.0.1:27017`);
    process.exit(1);
  }
}

function programOnPath(name: string): string | undefined {
  const file = process.platform === "win32" ? `${name}.exe` : name;
  const paths = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, file));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Returns the port by which the replica set knows its member, so it is chosen once. */
async function portOf(folder: string): Promise<number> {
  const record = join(folder, "port");
  if (!existsSync(record)) writeFileSync(record, String(await freePort()));
  const port = Number(readFileSync(record, "utf8"));
  if (await freePort(port)) return port;
  // On another port the server would not find itself among the members, and wait for ever.
  console.error(
    `Port ${port} of the development database is taken by another program: end that one, or set DATABASE_URL in .env.`,
  );
  process.exit(1);
}

/** Takes the lock, which ends with the process, whatever ends it; tells whether it was free. */
function isFree(lock: DatabaseSync): boolean {
  try {
    lock.exec("begin exclusive");
    return true;
  } catch {
    return false;
  }
}

/** Returns the text of a file that another process is about to write. */
async function whenWritten(path: string): Promise<string> {
  const end = Date.now() + START_MS;
  while (!existsSync(path)) {
    if (Date.now() > end)
      throw new Error(`${path} is missing: does another process start MongoDB?`);
    await sleep(100);
  }
  return readFileSync(path, "utf8");
}

function urlOf(server: MongoMemoryReplSet, name: string): string {
  return withName(server.getUri(), name);
}

/** Returns the URL of another database on the same server, with the same account. */
function withName(url: string, name: string): string {
  const [, server, given, options = ""] = /^([^/]+\/\/[^/?]+)\/?([^?]*)(\?.*)?$/.exec(url) ?? [];
  const named = `${server}/${name}${options}`;
  // Without `authSource` the account is looked for in the database that is named; +srv asks the DNS.
  if (!url.includes("@") || url.includes("+srv:") || /authSource=/i.test(options)) return named;
  return `${named}${options ? "&" : "?"}authSource=${given || "admin"}`;
}

/** Removes the database and those that tests have named after it. */
async function dropDatabases(url: string, prefix: string): Promise<void> {
  const client = new mongo.MongoClient(url);
  const { databases } = await client.db().admin().listDatabases({ nameOnly: true });
  for (const { name } of databases)
    if (name.startsWith(prefix)) await client.db(name).dropDatabase();
  await client.close();
}

/** Returns a free port, or the one that is asked for; undefined when that is taken. */
function freePort(wanted = 0): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  const server = createServer().once("error", () => resolve(undefined));
  server.listen(wanted, HOST, () => {
    const address = server.address();
    server.close(() => resolve(typeof address === "object" && address ? address.port : undefined));
  });
  return promise;
}
