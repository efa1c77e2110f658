/** Security headers on every response (OWASP HTTP Headers Cheat Sheet). */
import type { RequestHandler } from "express";
import helmet from "helmet";

const YEAR_SECONDS = 31_536_000;

/** Returns the handlers that tell a browser to do as little as possible with an answer. */
export function securityHeaders(production: boolean): RequestHandler[] {
  return [
    helmet.contentSecurityPolicy({
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    }),
    helmet.noSniff(),
    helmet.referrerPolicy({ policy: "no-referrer" }),
    helmet.frameguard({ action: "deny" }),
    ...(production ? [helmet.hsts({ maxAge: YEAR_SECONDS, includeSubDomains: true })] : []),
    noStore,
  ];
}

const noStore: RequestHandler = (request, response, next) => {
  if (request.path === "/api" || request.path.startsWith("/api/")) {
    response.setHeader("Cache-Control", "no-store");
  }
  next();
};
