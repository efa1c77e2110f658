/** Runs the tests on a database of their own: all of them, or the files that are named. */
import { migrateToLatest } from "../src/migrator.ts";
import { runNode } from "./development.ts";
import { temporaryDatabase } from "./embedded-database.ts";

const COVERAGE = [
  "--experimental-test-coverage",
  "--test-coverage-include=src/**",
  ...["lines", "branches", "functions"].map((what) => `--test-coverage-${what}=90`),
];

const files = process.argv.slice(2);
const database = await temporaryDatabase();
let code = 1;
try {
  await migrateToLatest(database.url);
  process.env.DATABASE_URL = database.url;
  code = await runNode(
    "--test",
    // One process for all files: none changes what another one sees.
    "--test-isolation=none",
    "--test-timeout=60000",
    ...(files.length > 0 ? files : [...COVERAGE, "tests/**/*.test.ts"]),
  );
} finally {
  await database.stop();
}
process.exit(code);
