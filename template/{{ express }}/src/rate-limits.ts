/** Rate limits by client address. */
import type { RedisClientType } from "@redis/client";
import type { RequestHandler } from "express";
import { type AugmentedRequest, ipKeyGenerator, rateLimit, type Store } from "express-rate-limit";
import { clientOf } from "./addresses.ts";
import { log } from "./logging.ts";
import { RateLimited } from "./problems.ts";

// One IPv6 customer has a network of this size: each address of it would be a fresh budget.
const IPV6_NETWORK_BITS = 64;
const REDIS_TIMEOUT_MS = 250;
const LONGEST_RECONNECT_MS = 1000;
const LONGEST_WINDOW_MS = 2 ** 31 - 1; // what a timer can count

const RATE = /^\s*(\d+)\s*(?:\/|per)\s*(\d*)\s*(second|minute|hour|day)s?\s*$/i;
const UNITS: Record<string, number> = { second: 1, minute: 60, hour: 3600, day: 86_400 };

// The time to live belongs to the first hit, so the window ends however many follow.
const COUNT = `
local hits = redis.call("INCR", KEYS[1])
if hits == 1 then redis.call("PEXPIRE", KEYS[1], ARGV[1]) end
return {hits, redis.call("PTTL", KEYS[1])}
`;

export interface Rate {
  limit: number;
  seconds: number;
}

/** Returns the rate that a text such as 300/minute names, null for `off`; throws what is wrong. */
export function parseRate(text: string): Rate | null {
  if (text === "off") return null;
  const [, limit, count, unit = ""] = RATE.exec(text) ?? [];
  const seconds = Number(count || 1) * (UNITS[unit.toLowerCase()] ?? 0);
  if (seconds === 0 || seconds * 1000 > LONGEST_WINDOW_MS) {
    throw new Error("must be off or a rate such as 300/minute");
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
export function limited(rule: Rule, counters: Counters | undefined): RequestHandler[] {
  const rate = parseRate(rule.rate);
  if (!rate) return [];
  const handler = rateLimit({
    windowMs: rate.seconds * 1000,
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
    // The limits protect the service, so they must not be what takes it down.
    passOnStoreError: true,
    logger: {
      error: (error: unknown) =>
        log.warning({ error: (error as Error).name }, "rate limit storage unavailable"),
      warn: () => undefined,
    },
    validate: false,
    ...(counters && { store: counters.store(rule.name) }),
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

/** Counters in Redis, shared by all processes. */
export class Counters {
  readonly #client: Promise<RedisClientType>;

  constructor(url: string) {
    this.#client = connected(url);
  }

  /** Returns the counters of one rule. */
  store(name: string): Store {
    const key = (network: string) => `rate-limit:${name}:${network}`;
    let windowMs = 0;
    return {
      init: (options) => {
        windowMs = options.windowMs;
      },
      increment: async (network) => {
        const client = await this.#client;
        const reply = await client.eval(COUNT, {
          keys: [key(network)],
          arguments: [String(windowMs)],
        });
        const [totalHits, left] = reply as [number, number];
        return { totalHits, resetTime: new Date(Date.now() + left) };
      },
      decrement: async (network) => void (await (await this.#client).decr(key(network))),
      resetKey: async (network) => void (await (await this.#client).del(key(network))),
    };
  }

  async close(): Promise<void> {
    (await this.#client).destroy();
  }
}

async function connected(url: string): Promise<RedisClientType> {
  // Most services have no Redis: they need not load the client.
  const { createClient } = await import("@redis/client");
  const client: RedisClientType = createClient({
    url,
    disableOfflineQueue: true,
    commandOptions: { timeout: REDIS_TIMEOUT_MS },
    socket: {
      connectTimeout: REDIS_TIMEOUT_MS,
      reconnectStrategy: (retries) => Math.min(retries * 100, LONGEST_RECONNECT_MS),
    },
  });
  // It connects again by itself; the requests that pass uncounted meanwhile are logged.
  client.on("error", () => undefined);
  client.connect().catch(() => undefined);
  return client;
}
