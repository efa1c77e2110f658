/** Applies migrations: the modules in `migrations/`, in the order of their names. */
import { readdir } from "node:fs/promises";
import type { Kysely } from "kysely";
import {
  type Migration,
  type MigrationProvider,
  type MigrationResultSet,
  Migrator,
} from "kysely/migration";
import { forMigrations } from "./database.ts";
import { Refusal } from "./refusal.ts";

const FOLDER = new URL("migrations/", import.meta.url);
const MODULE = /^([^.]+)\.(?:ts|js)$/;
const MISSING = /previously executed migration (.+) is missing$/;

const provider: MigrationProvider = {
  async getMigrations() {
    const migrations: Record<string, Migration> = {};
    for (const file of await readdir(FOLDER)) {
      const name = MODULE.exec(file)?.[1];
      if (name) migrations[name] = await import(new URL(file, FOLDER).href);
    }
    return migrations;
  },
};

/** Applies what is pending and returns the names. Safe to run from several processes at once. */
export function migrateToLatest(url: string): Promise<string[]> {
  return forMigrations(url, async (database) =>
    applied(await migrator(database).migrateToLatest()),
  );
}

/** Reverts the last migration and returns its name. */
export function migrateDown(url: string): Promise<string[]> {
  return forMigrations(url, async (database) => applied(await migrator(database).migrateDown()));
}

function migrator(db: Kysely<unknown>): Migrator {
  // Two branches may each bring a migration; the one that is merged later may be the older one.
  return new Migrator({ db, provider, allowUnorderedMigrations: true });
}

function applied({ error, results = [] }: MigrationResultSet): string[] {
  const missing = error instanceof Error && MISSING.exec(error.message)?.[1];
  if (missing) {
    throw new Refusal(
      `The database has the migration ${missing}, which is missing here: it may be on another branch.`,
    );
  }
  if (error) throw error;
  return results.map((result) => result.migrationName);
}
