/** The HTTP server: how long a client may take, and an end that answers what was begun. */
import { createServer, type RequestListener, type Server, type ServerOptions } from "node:http";
import type { Socket } from "node:net";

export const TIMEOUTS = {
  // Longer than the idle time of common load balancers (60 s): the balancer closes first, so it
  // never sends a request into a connection that is just being closed.
  keepAliveTimeout: 65_000,
  // A client has this long for its headers, and for a whole request.
  headersTimeout: 65_000,
  requestTimeout: 65_000,
};

export interface HttpServer {
  server: Server;
  /** Ends the server once the requests in flight are answered. */
  drain: () => Promise<void>;
}

/** Returns the server of an application; it does not listen yet. */
export function httpServer(app: RequestListener, timeouts: ServerOptions = TIMEOUTS): HttpServer {
  const server = createServer(timeouts, app);
  return { server, drain: drainable(server) };
}

/** `server.close` alone waits for every open connection, also for one that never sent a request. */
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
