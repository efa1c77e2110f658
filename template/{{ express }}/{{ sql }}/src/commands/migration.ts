/** Writes a migration that changes nothing yet: `migration "add price to items"`. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

const SKELETON = `import { type Kysely, sql } from "kysely";

/** What changes. */
export async function up(database: Kysely<unknown>): Promise<void> {
  await sql\`select 1\`.execute(database);
}

/** How it is taken back. */
export async function down(database: Kysely<unknown>): Promise<void> {
  await sql\`select 1\`.execute(database);
}
`;

// File systems allow 255 bytes.
const LONGEST_NAME = 60;

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
const name = words.join("_").slice(0, LONGEST_NAME);
const file = join("src", "migrations", `${time}_${name}.ts`);
await writeFile(file, SKELETON, { flag: "wx" });
console.log(`Fill in ${file}`);
