/** Writes an empty migration: `migration "add price to items"`. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

const SKELETON = `import type { Kysely } from "kysely";

export async function up(database: Kysely<unknown>): Promise<void> {}

export async function down(database: Kysely<unknown>): Promise<void> {}
`;

const words = process.argv
  .slice(2)
  .join(" ")
  .toLowerCase()
  .match(/[a-z0-9]+/g);
if (!words) {
  console.error("Say what it does: npm run migration add price to items");
  process.exit(2);
}
// By time, so that migrations of two branches do not take the same number.
const time = new Date().toISOString().replaceAll(/\D/g, "").slice(0, 14);
const file = join("src", "migrations", `${time}_${words.join("_")}.ts`);
await writeFile(file, SKELETON, { flag: "wx" });
console.log(`Fill in ${file}`);
