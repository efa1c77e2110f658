/** Counters of rate limits: in the memory of the process, or in Redis for all processes together. */
import type { RedisClientType } from "@redis/client";
import type { Store } from "express-rate-limit";
import { log } from "./logging.ts";

const REDIS_TIMEOUT_MS = 250;
// How long each process counts for itself before it asks a Redis again that did not answer.
const PAUSE_MS = 10_000;
const LONGEST_RECONNECT_MS = 1000;

// The time to live belongs to the first hit, so the window ends however many follow.
const COUNT = `
local hits = redis.call("INCR", KEYS[1])
if hits == 1 then redis.call("PEXPIRE", KEYS[1], ARGV[1]) end
return {hits, redis.call("PTTL", KEYS[1])}
`;

interface Hits {
  totalHits: number;
  resetTime: Date;
}

/** Counts in the memory of this process. */
export function memoryStore(windowMs: number): Store {
  const windows = new Map<string, Hits>();
  return {
    localKeys: true,
    increment: (client) => {
      const now = Date.now();
      removeEnded(windows, now);
      const hits = windows.get(client) ?? { totalHits: 0, resetTime: new Date(now + windowMs) };
      hits.totalHits += 1;
      windows.set(client, hits);
      return hits;
    },
    decrement: (client) => {
      const hits = windows.get(client);
      if (hits) hits.totalHits -= 1;
    },
    resetKey: (client) => void windows.delete(client),
  };
}

/** All windows are equally long, so those that end first have been added first. */
function removeEnded(windows: Map<string, Hits>, now: number): void {
  for (const [client, { resetTime }] of windows) {
    if (resetTime.getTime() > now) return;
    windows.delete(client);
  }
}

/** Counts in Redis, and in memory while Redis does not answer: never nothing, and never in vain. */
export class RedisCounters {
  readonly #client: Promise<RedisClientType>;
  readonly #connected: Promise<unknown>;
  #away = false;
  #askAgainAt = 0;

  constructor(url: string) {
    this.#client = newClient(url);
    // It connects again by itself; `connect` ends with an error only when the client is closed.
    this.#connected = this.#client.then((client) => client.connect()).catch(() => undefined);
  }

  /** Returns the counters of one rule. */
  store(name: string, windowMs: number): Store {
    const key = (client: string) => `rate-limit:${name}:${client}`;
    const memory = memoryStore(windowMs);
    return {
      increment: async (client) =>
        (await this.#count(key(client), windowMs)) ?? memory.increment(client),
      decrement: async (client) => void (await (await this.#client).decr(key(client))),
      resetKey: async (client) => void (await (await this.#client).del(key(client))),
    };
  }

  async close(): Promise<void> {
    (await this.#client).destroy();
  }

  /** Counts one hit; returns undefined while Redis is away. */
  async #count(key: string, windowMs: number): Promise<Hits | undefined> {
    if (this.#away) {
      const now = performance.now();
      if (now < this.#askAgainAt) return undefined;
      // One request asks for all: the others do not wait meanwhile.
      this.#askAgainAt = now + PAUSE_MS;
    }
    try {
      const [totalHits, left] = await inTime(this.#ask(key, windowMs));
      if (this.#away) log.info("rate limit storage available again");
      this.#away = false;
      return { totalHits, resetTime: new Date(Date.now() + left) };
    } catch (error) {
      const { name } = error as Error;
      if (!this.#away) log.warning({ error: name }, "rate limit storage unavailable");
      this.#away = true;
      this.#askAgainAt = performance.now() + PAUSE_MS;
      return undefined;
    }
  }

  async #ask(key: string, windowMs: number): Promise<[number, number]> {
    await this.#connected;
    const client = await this.#client;
    const reply = await client.eval(COUNT, { keys: [key], arguments: [String(windowMs)] });
    return reply as [number, number];
  }
}

async function newClient(url: string): Promise<RedisClientType> {
  // Most services have no Redis: they need not load the client.
  const { createClient } = await import("@redis/client");
  const client: RedisClientType = createClient({
    url,
    disableOfflineQueue: true,
    socket: {
      connectTimeout: REDIS_TIMEOUT_MS,
      reconnectStrategy: (retries) => Math.min(retries * 100, LONGEST_RECONNECT_MS),
    },
  });
  // What goes wrong is logged where somebody counts.
  client.on("error", () => undefined);
  return client;
}

/** The client's own time-out ends with the sending of a command. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new RedisTimeout()), REDIS_TIMEOUT_MS);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

class RedisTimeout extends Error {
  override name = "RedisTimeout";
}
