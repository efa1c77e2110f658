/** Production start. Settings first, then the server; exit code 0 after SIGTERM. */
import { createServer, type Server } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createApp } from "./app.ts";
import { configureLogging, log } from "./logging.ts";
import { settingsOrExit } from "./settings.ts";

// Longer than the idle time of common load balancers (60 s): the balancer closes first, so it never
// sends a request into a connection that is just being closed.
const KEEP_ALIVE_MS = 65_000;
// A client has this long for its headers, and for a whole request.
const REQUEST_MS = 65_000;
// How long connections to other services may take to close: nobody waits for their answers any more.
const CLOSE_MS = 2000;

const settings = settingsOrExit();
configureLogging({ level: settings.LOG_LEVEL, format: settings.LOG_FORMAT });
const { app, close } = createApp(settings);
const server = createServer(
  { keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: REQUEST_MS, requestTimeout: REQUEST_MS },
  app,
);
const drain = drainable(server);

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

/**
 * Returns what ends the server once the requests in flight are answered.
 *
 * `server.close` alone waits for every open connection, also for one that never sent a request.
 */
function drainable(server: Server): () => Promise<void> {
  const idle = new Set<Socket>();
  let draining = false;
  server.on("connection", (socket) => {
    idle.add(socket);
    socket.once("close", () => idle.delete(socket));
  });
  server.on("request", ({ socket }, response) => {
    idle.delete(socket);
    response.once("close", () => {
      if (draining) socket.destroySoon();
      else if (!socket.destroyed) idle.add(socket);
    });
  });
  return () => {
    draining = true;
    for (const socket of idle) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  };
}
