/** Databases for tests, on the server that `npm test` has started. */
import { randomUUID } from "node:crypto";
import pg from "pg";

/** The migrated database that all others are copies of. */
const TEMPLATE = new URL(process.env.DATABASE_URL ?? "");

/** Returns the URL of a new, migrated database. */
export async function freshDatabase(): Promise<string> {
  return create(`template "${TEMPLATE.pathname.slice(1)}"`);
}

/** Returns the URL of a new database without tables. */
export async function emptyDatabase(): Promise<string> {
  return create("template template0");
}

/** Runs a statement as an administrator of the database would. */
export async function execute(url: string, statement: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Returns the URL of the same database, but through a port of this machine. */
export function throughPort(url: string, port: number): string {
  const through = new URL(url);
  through.hostname = "127.0.0.1";
  through.port = String(port);
  return through.href;
}

/** Makes every list of items fail in a way that nobody foresaw. */
export async function spoilItems(url: string): Promise<void> {
  await execute(url, "alter table items rename to elsewhere");
}

async function create(options: string): Promise<string> {
  const name = `test-${randomUUID()}`;
  const server = new URL(TEMPLATE);
  server.pathname = "/template1";
  await execute(server.href, `create database "${name}" ${options}`);
  server.pathname = `/${name}`;
  return server.href;
}
