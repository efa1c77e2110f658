/** Looks at the commands that the service really sends. */
import assert from "node:assert/strict";
import type { mongo } from "mongoose";
import { Database, type Session } from "../src/database.ts";
import { withDatabase } from "./database.ts";

// What belongs to the connection, not to the query.
const OF_THE_CONNECTION = /^(\$.*|lsid|txnNumber|maxTimeMS)$/;

/** Returns the commands that the work sends. */
export async function recordedCommands(
  url: string,
  work: (session: Session) => Promise<unknown>,
): Promise<mongo.Document[]> {
  const database = new Database(monitored(url), { poolSize: 2, timeoutSeconds: 5 });
  const commands: mongo.Document[] = [];
  try {
    await database.read(async (session) => {
      session.getClient().on("commandStarted", ({ command }) => commands.push(command));
      await work(session);
    });
    // A copy: to close the connection sends commands, too.
    return [...commands];
  } finally {
    await database.close();
  }
}

/** Returns the statistics of the server for running the query. */
export function explained(url: string, command: mongo.Document): Promise<mongo.Document> {
  const query = Object.fromEntries(
    Object.entries(command).filter(([name]) => !OF_THE_CONNECTION.test(name)),
  );
  return withDatabase(url, (db) => db.command({ explain: query, verbosity: "executionStats" }));
}

/** Returns the indexes that the plan reads; a scan of the whole collection is `COLLSCAN`. */
export function indexesOf(plan: mongo.Document): string[] {
  return [...indexes(plan.queryPlanner.winningPlan)];
}

function* indexes(stage: mongo.Document): Generator<string> {
  // Newer servers wrap the plan.
  const plan = stage.queryPlan ?? stage;
  if (plan.indexName) yield plan.indexName;
  else if (plan.stage === "COLLSCAN") yield plan.stage;
  for (const inner of [plan.inputStage, ...(plan.inputStages ?? [])]) {
    if (inner) yield* indexes(inner);
  }
}

/** Returns the fields that the migrations gave the collection's schema; all but these are required. */
export async function fieldsOf(
  url: string,
  name: string,
  optional: string[] = [],
): Promise<string[]> {
  const [found] = await withDatabase(url, (db) =>
    db.listCollections({ name }, { nameOnly: false }).toArray(),
  );
  const schema = found?.options?.validator?.$jsonSchema ?? {};
  const fields = Object.keys(schema.properties).sort();
  assert.deepEqual(fields, [...schema.required, ...optional].sort());
  return fields;
}

function monitored(url: string): string {
  return `${url}${url.includes("?") ? "&" : "?"}monitorCommands=true`;
}
