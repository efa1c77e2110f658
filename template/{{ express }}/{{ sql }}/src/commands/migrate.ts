/** Applies the pending migrations, or with `--down` reverts the last one. */
import { parseArgs } from "node:util";
import { configureLogging } from "../logging.ts";
import { migrateDown, migrateToLatest } from "../migrator.ts";
import { settingsOrExit } from "../settings.ts";
import { onDatabase } from "./on-database.ts";

const { values } = parseArgs({ options: { down: { type: "boolean" } } });
const url = settingsOrExit("DATABASE_URL").DATABASE_URL.reveal();
configureLogging({ level: "error", format: "json" });
await onDatabase(url, async () => {
  const names = await (values.down ? migrateDown(url) : migrateToLatest(url));
  if (names.length === 0) return ["Nothing to do."];
  return names.map((name) => `${values.down ? "reverted" : "applied"} ${name}`);
});
