/** The environment of a development machine: nothing has to be installed or configured. */
import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { dirname } from "node:path";
import { InvalidSettings, loadSettings } from "../src/settings.ts";
import { developmentDatabase } from "./embedded-database.ts";

export const ROOT = dirname(import.meta.dirname);

const ORPHAN_CHECK_MS = 500;

let child: ChildProcess | undefined;
let interrupted = false;

/** Ends the children first, and the database after them. */
function interrupt(): void {
  interrupted = true;
  child?.kill("SIGTERM");
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, interrupt);

// A signal for npm ends the shell between npm and this process, which passes none on.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) interrupt();
}, ORPHAN_CHECK_MS).unref();

/**
 * Prepares the environment for the work, and returns the work's exit code; starts the embedded
 * database when none is configured.
 *
 * An environment that names APP_ENV or DATABASE_URL is somebody's decision and stays as it is.
 */
export async function inDevelopment(work: () => Promise<number>): Promise<number> {
  if (process.env.DATABASE_URL === undefined) process.env.APP_ENV ??= "development";
  if (process.env.APP_ENV !== "development" || hasDatabase()) return work();
  const database = await developmentDatabase(ROOT);
  try {
    process.env.DATABASE_URL = database.url;
    return interrupted ? 1 : await work();
  } finally {
    await database.stop();
  }
}

/** Runs Node with these arguments to its end; returns the exit code. */
export function runNode(...args: string[]): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child = spawn(process.execPath, args, { stdio: "inherit" });
  child.once("error", reject);
  child.once("exit", (code, signal) => {
    child = undefined;
    resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
  });
  return promise;
}

/** Tells whether the environment or `.env` names a database, rightly or wrongly. */
function hasDatabase(): boolean {
  try {
    loadSettings(process.env, ["DATABASE_URL"]);
    return true;
  } catch (error) {
    if (!(error instanceof InvalidSettings)) throw error;
    return !error.problems.includes("DATABASE_URL: is required");
  }
}
