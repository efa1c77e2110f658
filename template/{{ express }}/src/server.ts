/** Production start. Settings first, then the server; exit code 0 after SIGTERM. */
import { setTimeout as sleep } from "node:timers/promises";
import { createApp } from "./app.ts";
import { httpServer } from "./http.ts";
import { configureLogging, log, stackOf } from "./logging.ts";
import { settingsOrExit } from "./settings.ts";

// How long connections to other services may take to close: nobody waits for their answers any more.
const CLOSE_MS = 2000;
const EX_SOFTWARE = 70; // sysexits.h: an internal software error

// Also of a promise that nobody waits for. What state it has left nobody knows: a new process will.
process.on("uncaughtException", (error) => {
  log.critical({ exception: stackOf(error) }, "uncaught exception");
  process.exit(EX_SOFTWARE);
});

const settings = settingsOrExit();
configureLogging({ level: settings.LOG_LEVEL, format: settings.LOG_FORMAT });
const { app, close } = createApp(settings);
const { server, drain } = httpServer(app, {
  timeoutSeconds: settings.REQUEST_TIMEOUT_SECONDS,
  bodyBytes: settings.MAX_BODY_BYTES,
});

server.once("error", (error) => {
  console.error(`Cannot listen on ${settings.HOST}:${settings.PORT}: ${error.message}`);
  process.exit(1);
});
server.listen(settings.PORT, settings.HOST, () => {
  log.info({ host: settings.HOST, port: settings.PORT }, "listening");
});

let stopping = false;
for (const signal of ["SIGTERM", "SIGINT"]) {
  // The terminal and the process manager may both send one: the second changes nothing.
  process.on(signal, () => {
    if (!stopping) void stop();
    stopping = true;
  });
}

async function stop(): Promise<void> {
  log.info("stopping");
  await Promise.race([drain(), sleep(settings.SHUTDOWN_TIMEOUT_SECONDS * 1000)]);
  await Promise.race([close(), sleep(CLOSE_MS)]);
  process.exit(0);
}
