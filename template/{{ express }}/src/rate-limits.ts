/** Rate limits by client address. */
import type { RequestHandler } from "express";
import { type AugmentedRequest, ipKeyGenerator, rateLimit } from "express-rate-limit";
import { clientOf } from "./addresses.ts";
import { memoryStore, type RedisCounters } from "./counters.ts";
import { log } from "./logging.ts";
import { RateLimited } from "./problems.ts";

// One IPv6 customer has a network of this size: each address of it would be a fresh budget.
const IPV6_NETWORK_BITS = 64;

const RATE = /^\s*(\d+)\s*(?:\/|per)\s*(\d*)\s*(second|minute|hour|day)s?\s*$/i;
const UNITS: Record<string, number> = { second: 1, minute: 60, hour: 3600, day: 86_400 };
const LONGEST_WINDOW = 1e9; // seconds: thirty years

export interface Rate {
  limit: number;
  seconds: number;
}

/** Returns the rate that a text such as 300/minute names, null for `off`; throws what is wrong. */
export function parseRate(text: string): Rate | null {
  if (text.trim().toLowerCase() === "off") return null;
  const [, limit = "0", count, unit = ""] = RATE.exec(text) ?? [];
  const seconds = Number(count || 1) * (UNITS[unit.toLowerCase()] ?? 0);
  if (Number(limit) < 1 || seconds < 1 || seconds > LONGEST_WINDOW) {
    throw new Error("must be off or one rate such as 300/minute");
  }
  return { limit: Number(limit), seconds };
}

export interface Rule {
  name: string;
  rate: string;
  /** The limit counts requests for these paths and all below them. */
  paths: string[];
}

/** Returns the handler of one rule; none when its rate is `off`. */
export function limited(rule: Rule, shared: RedisCounters | undefined): RequestHandler[] {
  const rate = parseRate(rule.rate);
  if (!rate) return [];
  const windowMs = rate.seconds * 1000;
  const handler = rateLimit({
    windowMs,
    limit: rate.limit,
    skip: (request) => !rule.paths.some((path) => `${request.path}/`.startsWith(`${path}/`)),
    keyGenerator: (request) => ipKeyGenerator(clientOf(request), IPV6_NETWORK_BITS),
    handler: (request, _, next) => {
      const client = clientOf(request);
      log.warning({ event: "rate_limited", limit: rule.name, client }, "rate limit exceeded");
      const { resetTime } = (request as AugmentedRequest).rateLimit ?? {};
      next(new RateLimited(headersOf(rule.name, rate, resetTime)));
    },
    legacyHeaders: false,
    standardHeaders: false,
    validate: false,
    store: shared ? shared.store(rule.name, windowMs) : memoryStore(windowMs),
  });
  return [handler];
}

/** Returns Retry-After and the fields of draft-ietf-httpapi-ratelimit-headers. */
function headersOf(name: string, { limit, seconds }: Rate, reset?: Date): Record<string, string> {
  const left = reset ? Math.max(1, Math.ceil((reset.getTime() - Date.now()) / 1000)) : seconds;
  return {
    "Retry-After": String(left),
    "RateLimit-Policy": `"${name}";q=${limit};w=${seconds}`,
    RateLimit: `"${name}";r=0;t=${left}`,
  };
}
