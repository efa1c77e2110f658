/** Writes `openapi.json`, or checks that it is up to date. Needs no environment, no database. */
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { apiDocument } from "../api.ts";

const TARGET = "openapi.json";

const { values } = parseArgs({ options: { check: { type: "boolean" } } });
const text = `${JSON.stringify(apiDocument(), null, 2)}\n`;
if (!values.check) {
  await writeFile(TARGET, text);
} else if ((await committed()) !== text) {
  console.error(`${TARGET} is stale: write it with \`npm run openapi\` and commit it.`);
  process.exit(1);
}

/** Returns the document that is there; a checkout on Windows may have changed its line ends. */
async function committed(): Promise<string | undefined> {
  const found = await readFile(TARGET, "utf8").catch(() => undefined);
  return found?.replaceAll("\r\n", "\n");
}
