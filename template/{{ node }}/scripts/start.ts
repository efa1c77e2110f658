/** Starts what `npm run build` has built. */
import { existsSync } from "node:fs";

const server = new URL("../dist/server.js", import.meta.url);
if (!existsSync(server)) {
  console.error("There is no dist/server.js: run `npm run build` first.");
  process.exit(1);
}
await import(server.href);
