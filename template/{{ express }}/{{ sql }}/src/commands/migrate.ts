/** Applies the pending migrations, or with `--down` reverts the last one. */
import { parseArgs } from "node:util";
import { migrateDown, migrateToLatest } from "../migrator.ts";
import { settingsOrExit } from "../settings.ts";

const { values } = parseArgs({ options: { down: { type: "boolean" } } });
const url = settingsOrExit().DATABASE_URL.reveal();
const names = await (values.down ? migrateDown(url) : migrateToLatest(url));
for (const name of names) console.log(`${values.down ? "reverted" : "applied"} ${name}`);
if (names.length === 0) console.log("Nothing to do.");
