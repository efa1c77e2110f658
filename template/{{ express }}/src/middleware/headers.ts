/** Security headers on every response (OWASP HTTP Headers Cheat Sheet). */
import type { RequestHandler } from "express";
import helmet from "helmet";

const YEAR_SECONDS = 31_536_000;

interface TransportSecurity {
  /** Tell browsers to come by https only: a promise for a year. */
  https: boolean;
  /** So also to all subdomains. */
  subdomains: boolean;
}

/** Returns the handlers that tell a browser to do as little as possible with an answer. */
export function securityHeaders({ https, subdomains }: TransportSecurity): RequestHandler[] {
  return [
    helmet.contentSecurityPolicy({
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    }),
    helmet.noSniff(),
    helmet.referrerPolicy({ policy: "no-referrer" }),
    helmet.frameguard({ action: "deny" }),
    helmet.crossOriginResourcePolicy(),
    helmet.crossOriginOpenerPolicy(),
    ...(https ? [helmet.hsts({ maxAge: YEAR_SECONDS, includeSubDomains: subdomains })] : []),
    noStore,
  ];
}

const noStore: RequestHandler = (request, response, next) => {
  if (request.path === "/api" || request.path.startsWith("/api/")) {
    response.setHeader("Cache-Control", "no-store");
  }
  next();
};
