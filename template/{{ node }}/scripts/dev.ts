/** Starts the service for development: a database of its own, restart on change. */
import { settingsOrExit } from "../src/settings.ts";
import { inDevelopment, runNode } from "./development.ts";

// Also with a DATABASE_URL in the environment, which means production to the other commands.
process.env.APP_ENV ??= "development";

process.exit(
  await inDevelopment(async () => {
    const migrated = await runNode("src/commands/migrate.ts");
    if (migrated !== 0) return migrated;
    const { HOST, PORT } = settingsOrExit();
    const url = `http://${HOST}:${PORT}`;
    console.log(`Service:       ${url}\nDocumentation: ${url}/docs\nStop with Ctrl-C.`);
    return runNode("--watch", "--watch-preserve-output", "src/server.ts");
  }),
);
