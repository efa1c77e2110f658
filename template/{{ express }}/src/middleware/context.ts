/** The outermost layer of a request: its id, its log line, its metrics. */
import { randomUUID } from "node:crypto";
import type { Request, RequestHandler, Response } from "express";
import { clientOf } from "../addresses.ts";
import { log, requestLog } from "../logging.ts";
import type { Metrics } from "../metrics.ts";
import { routeTemplate } from "../routing.ts";

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;
const QUIET = ["/health/", "/metrics"];
// What proxies log for a client that went away before the answer.
const CLIENT_CLOSED_REQUEST = 499;
const UNMATCHED = "unmatched";
const LONGEST_PATH = 200; // characters

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
  const route = routeTemplate(request, path) ?? UNMATCHED;
  const status = response.headersSent ? response.statusCode : CLIENT_CLOSED_REQUEST;
  metrics.observe({ method, route, status, seconds });
  const level = QUIET.some((prefix) => path.startsWith(prefix)) ? "debug" : "info";
  const line = {
    method,
    route,
    ...(route === UNMATCHED && { path: path.slice(0, LONGEST_PATH) }),
    status,
    duration_ms: Math.round(seconds * 100_000) / 100,
    client: clientOf(request),
    subject: response.locals.subject?.id,
  };
  log[level](line, "request");
}

function requestId(request: Request): string {
  const sent = request.get("X-Request-ID") ?? "";
  return REQUEST_ID.test(sent) ? sent : randomUUID();
}
