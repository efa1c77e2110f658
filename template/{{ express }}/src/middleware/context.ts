/** The outermost layer of a request: its id, its log line, its metrics. */
import { randomUUID } from "node:crypto";
import type { Request, RequestHandler, Response } from "express";
import { clientOf } from "../addresses.ts";
import { log, requestLog } from "../logging.ts";
import type { Metrics } from "../metrics.ts";

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;
const QUIET = ["/health/", "/metrics"];
// What proxies log for a client that went away before the answer.
const CLIENT_CLOSED_REQUEST = 499;
// How long the rest of a body is read that the answer did not wait for: a client that still
// sends would not see the answer if the connection was cut at once.
const LINGER_MS = 1000;

/** Gives each request an id, and writes one log line and one observation when it ends. */
export function requestContext(metrics: Metrics): RequestHandler {
  return (request, response, next) => {
    const context = { request_id: requestId(request) };
    const started = performance.now();
    // Handlers of a route see changed properties.
    const path = request.path;
    response.setHeader("X-Request-ID", context.request_id);
    metrics.inFlight.inc();

    response.once("close", () => {
      metrics.inFlight.dec();
      const seconds = (performance.now() - started) / 1000;
      requestLog.run(context, () => finish(metrics, request, response, path, seconds));
    });
    requestLog.run(context, next);
  };
}

function finish(
  metrics: Metrics,
  request: Request,
  response: Response,
  path: string,
  seconds: number,
): void {
  const { method } = request;
  const route = routeOf(request);
  const status = response.headersSent ? response.statusCode : CLIENT_CLOSED_REQUEST;
  metrics.observe({ method, route, status, seconds });
  const level = QUIET.some((prefix) => path.startsWith(prefix)) ? "debug" : "info";
  const duration_ms = Math.round(seconds * 100_000) / 100;
  log[level]({ method, route, status, duration_ms, client: clientOf(request) }, "request");
  if (!request.complete) cutOffLater(request);
}

function cutOffLater(request: Request): void {
  request.resume();
  setTimeout(() => {
    if (!request.complete) request.socket.destroy();
  }, LINGER_MS).unref();
}

/** Returns the whole path template of a routed request, without any id in it. */
function routeOf(request: Request): string {
  return request.route ? request.route.path.replaceAll(/:(\w+)/g, "{$1}") : "unmatched";
}

function requestId(request: Request): string {
  const sent = request.get("X-Request-ID") ?? "";
  return REQUEST_ID.test(sent) ? sent : randomUUID();
}
