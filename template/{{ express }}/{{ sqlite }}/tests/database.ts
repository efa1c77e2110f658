/** Databases for tests: copies of the file that `npm test` has made. */
import { randomUUID } from "node:crypto";
import { copyFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import SqliteFile from "better-sqlite3";

const SCHEME = "sqlite:///";
/** The migrated database that all others are copies of. */
const TEMPLATE = pathOf(process.env.DATABASE_URL ?? "");

/** Returns the URL of a new, migrated database. */
export async function freshDatabase(): Promise<string> {
  const url = await emptyDatabase();
  await copyFile(TEMPLATE, pathOf(url));
  return url;
}

/** Returns the URL of a new database without tables. */
export async function emptyDatabase(): Promise<string> {
  return `${SCHEME}${join(dirname(TEMPLATE), `${randomUUID()}.db`)}`;
}

/** Returns the path of the database's file. */
export function pathOf(url: string): string {
  return url.slice(SCHEME.length);
}

/** Runs a statement as another program would, and returns its rows. */
export async function execute(url: string, statement: string): Promise<{ rows: unknown[] }> {
  const file = new SqliteFile(pathOf(url), { timeout: 5000 });
  try {
    const prepared = file.prepare(statement);
    if (prepared.reader) return { rows: prepared.all() };
    prepared.run();
    return { rows: [] };
  } finally {
    file.close();
  }
}

/** Makes every list of items fail in a way that nobody foresaw. */
export async function spoilItems(url: string): Promise<void> {
  await execute(url, "alter table items rename to elsewhere");
}
