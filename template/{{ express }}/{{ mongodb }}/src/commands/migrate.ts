/** Applies the pending migrations. */
import { configureLogging } from "../logging.ts";
import { migrateToLatest } from "../migrator.ts";
import { Unavailable } from "../problems.ts";
import { settingsOrExit } from "../settings.ts";

const settings = settingsOrExit();
configureLogging({ level: "warning", format: settings.LOG_FORMAT });
try {
  const names = await migrateToLatest(settings.DATABASE_URL.reveal());
  for (const name of names) console.log(`applied ${name}`);
  if (names.length === 0) console.log("Nothing to do.");
} catch (error) {
  if (!(error instanceof Unavailable)) throw error;
  console.error("The database cannot be reached.");
  process.exitCode = 1;
}
