/** The HTTP server: how long a client may take, and an end that answers what was begun. */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { type Socket, Server as TcpServer } from "node:net";
import { plainAddress } from "./addresses.ts";
import { log } from "./logging.ts";
import { boundBody } from "./unread.ts";

// Longer than the idle time of common load balancers (60 s): the balancer closes first, so it never
// sends a request into a connection that is just being closed.
const KEEP_ALIVE_MS = 65_000;
// How often Node looks for headers that take too long.
const CHECK_MS = 1000;

export interface Limits {
  /** How long a client may take for its headers, again for its body, and between two reads. */
  timeoutSeconds: number;
  /** How much of a body is read that nobody asked for. */
  bodyBytes: number;
}

export interface HttpServer {
  server: Server;
  /** Ends the server once the requests in flight are answered. */
  drain: () => Promise<void>;
}

/** Returns the server of an application; it does not listen yet. */
export function httpServer(app: RequestListener, limits: Limits): HttpServer {
  const timeoutMs = limits.timeoutSeconds * 1000;
  const server = createServer({
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: timeoutMs,
    // It would count from the start of the headers: bodies have a deadline of their own.
    requestTimeout: 0,
    connectionsCheckingInterval: CHECK_MS,
  });
  server.on("connection", (socket) => {
    const client = clientOf(socket);
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") timedOut(client, "headers");
    });
  });
  server.on("request", (request, response) => {
    boundBody(request, response, { bytes: limits.bodyBytes, timeoutMs }, () => {
      timedOut(clientOf(request.socket), "body");
    });
    boundReading(request, response, timeoutMs);
  });
  // An expectation that nobody knows may be ignored (RFC 9110 §10.1.1); Node would refuse it with a
  // bare 417.
  server.on("checkExpectation", (request, response) => server.emit("request", request, response));
  const drain = drainable(server);
  server.on("request", app);
  return { server, drain };
}

/** Ends the connection of a client that has stopped reading its answer. */
function boundReading({ socket }: IncomingMessage, response: ServerResponse, timeoutMs: number) {
  response.setTimeout(timeoutMs, () => {
    // Without anything to send, it is the handler that takes its time.
    if (socket.writableLength === 0) return;
    timedOut(clientOf(socket), "reading");
    socket.destroy();
  });
}

function timedOut(client: string, waiting_for: "headers" | "body" | "reading"): void {
  log.info({ client, waiting_for }, "client timed out");
}

function clientOf(socket: Socket): string {
  return plainAddress(socket.remoteAddress ?? "unknown");
}

/** `server.close` alone waits for every open connection, also for one that never sent a request. */
function drainable(server: Server): () => Promise<void> {
  // How many answers of each connection are under way: a client may ask again before the first one.
  const underWay = new Map<Socket, number>();
  let draining = false;
  server.on("connection", (socket) => {
    underWay.set(socket, 0);
    socket.once("close", () => underWay.delete(socket));
  });
  server.on("request", ({ socket }, response) => {
    underWay.set(socket, (underWay.get(socket) ?? 0) + 1);
    response.once("close", () => {
      const others = (underWay.get(socket) ?? 1) - 1;
      if (socket.destroyed) return;
      underWay.set(socket, others);
      if (draining && others === 0) socket.destroySoon();
    });
  });
  return () => {
    draining = true;
    for (const [socket, answers] of underWay) if (answers === 0) socket.destroy();
    // Not the `close` of an HTTP server, which destroys connections whose answers wait to be read.
    return new Promise((resolve) => TcpServer.prototype.close.call(server, () => resolve()));
  };
}
