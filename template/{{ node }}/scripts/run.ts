/** Runs a command with the development environment: `node scripts/run.ts FILE ...`. */
import { inDevelopment, runNode } from "./development.ts";

process.exit(await inDevelopment(() => runNode(...process.argv.slice(2))));
