/** What PostgreSQL keeps of accounts: locks on their rows, and addresses that are unique. */
import type { SelectQueryBuilder } from "kysely";
import pg from "pg";
import type { Tables } from "../tables.ts";

const UNIQUE_VIOLATION = "23505"; // PostgreSQL, appendix A

/** Returns the query with its rows locked against changes until the transaction ends. */
export function locked<Table extends keyof Tables, Row>(
  query: SelectQueryBuilder<Tables, Table, Row>,
): SelectQueryBuilder<Tables, Table, Row> {
  return query.forNoKeyUpdate();
}

/** Tells whether a row with the same unique value exists already. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === UNIQUE_VIOLATION;
}
