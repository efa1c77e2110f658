/** The SQLite files of development and tests. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface RunningDatabase {
  url: string;
  stop: () => Promise<void>;
}

/** Returns the file in `.data/`, which survives the process. */
export async function developmentDatabase(root: string): Promise<RunningDatabase> {
  const folder = join(root, ".data");
  mkdirSync(folder, { recursive: true });
  return { url: urlOf(join(folder, "development.db")), stop: async () => undefined };
}

/** Returns a file for tests, which is removed at the end. */
export async function temporaryDatabase(): Promise<RunningDatabase> {
  const folder = mkdtempSync(join(tmpdir(), "sqlite-"));
  const stop = async () => rmSync(folder, { recursive: true, force: true });
  return { url: urlOf(join(folder, "test.db")), stop };
}

function urlOf(path: string): string {
  return `sqlite:///${encodeURI(path)}`;
}
