/** Cross-origin requests from the configured origins. */
import corsHandler from "cors";
import type { RequestHandler } from "express";

/** Returns the handler; none when no origin is configured. */
export function cors(origins: string[]): RequestHandler[] {
  if (origins.length === 0) return [];
  const handle = corsHandler({
    origin: origins.includes("*") ? "*" : origins,
    methods: ["GET", "POST", "PATCH", "DELETE"],
    allowedHeaders: ["Authorization", "Content-Type", "X-Request-ID"],
    exposedHeaders: ["Location", "Retry-After", "X-Request-ID"],
    maxAge: 600,
  });
  return [
    (request, response, next) => {
      // An OPTIONS request that announces no other is no preflight.
      if (request.method === "OPTIONS" && !request.get("Access-Control-Request-Method")) next();
      else handle(request, response, next);
    },
  ];
}
