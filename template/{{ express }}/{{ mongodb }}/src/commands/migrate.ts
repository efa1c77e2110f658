/** Applies the pending migrations. */
import { configureLogging } from "../logging.ts";
import { migrateToLatest } from "../migrator.ts";
import { settingsOrExit } from "../settings.ts";
import { onDatabase } from "./on-database.ts";

const settings = settingsOrExit("DATABASE_URL", "LOG_FORMAT");
const url = settings.DATABASE_URL.reveal();
configureLogging({ level: "warning", format: settings.LOG_FORMAT });
await onDatabase(url, async () => {
  const names = await migrateToLatest(url);
  return names.length > 0 ? names.map((name) => `applied ${name}`) : ["Nothing to do."];
});
