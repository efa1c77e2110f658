/** What SQLite keeps of accounts: locks on their rows, and addresses that are unique. */
import SqliteFile from "better-sqlite3";
import type { SelectQueryBuilder } from "kysely";
import type { Tables } from "../tables.ts";

const UNIQUE_VIOLATION = "SQLITE_CONSTRAINT_UNIQUE"; // https://www.sqlite.org/rescode.html

/** Returns the query as it is: a transaction that writes has locked the whole file. */
export function locked<Table extends keyof Tables, Row>(
  query: SelectQueryBuilder<Tables, Table, Row>,
): SelectQueryBuilder<Tables, Table, Row> {
  return query;
}

/** Tells whether a row with the same unique value exists already. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof SqliteFile.SqliteError && error.code === UNIQUE_VIOLATION;
}
