/** The signing keys of the identity provider, kept for a while. */
import type { CryptoKey } from "jose";
import { log } from "../logging.ts";
import { InvalidToken, Unavailable } from "../problems.ts";
import { type KeySource, type Keys, keyName } from "./key-source.ts";

export const FRESH_MS = 600_000;
// How long the keys are used when no newer ones can be had.
export const USABLE_MS = 86_400_000;
// The pause between two fetches for keys that nobody knows: made-up ones must cost nothing.
export const COOLDOWN_MS = 10_000;
// The pause after a fetch that failed while there is no key at all: until then nobody can call.
export const RETRY_MS = 1000;

/** Fetches the keys when somebody needs them; one fetch at a time serves all who wait. */
export class SigningKeys {
  readonly #source: KeySource;
  readonly #now: () => number;
  #keys: Keys = new Map();
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
  #missedAt = Number.NEGATIVE_INFINITY;
  #failed = false;
  #fetch: Promise<void> | undefined;

  /** `now` gives milliseconds of a clock that never goes back. */
  constructor(source: KeySource, now = () => performance.now()) {
    this.#source = source;
    this.#now = now;
  }

  /**
   * Returns the key of this id for this algorithm.
   *
   * Throws `InvalidToken` when the provider has no such key, and `Unavailable` when it does not
   * tell.
   */
  async find(kid: string, algorithm: string): Promise<CryptoKey> {
    const now = this.#now();
    const name = keyName(kid, algorithm);
    if (now - this.#fetchedAt >= USABLE_MS) this.#keys = new Map();
    const fresh = now - this.#fetchedAt < FRESH_MS;
    const known = this.#keys.has(name);
    if (!fresh) this.#renew(now);
    else if (!known) this.#lookForNew(now);
    // While the provider is down, nobody waits for it whose key is at hand.
    if (!known || !(fresh || this.#failed)) await this.#fetch;
    const key = this.#keys.get(name);
    if (key) return key;
    throw this.#failed || this.#keys.size === 0 ? new Unavailable() : new InvalidToken();
  }

  #renew(now: number): void {
    const pause = this.#keys.size > 0 ? COOLDOWN_MS : RETRY_MS;
    if (now - this.#triedAt >= pause) this.#start(now);
  }

  #lookForNew(now: number): void {
    // Only such fetches count: a key that comes right after a regular one is found at once.
    if (now - this.#missedAt < COOLDOWN_MS) return;
    this.#missedAt = now;
    this.#start(now);
  }

  #start(now: number): void {
    if (this.#fetch) return;
    this.#triedAt = now;
    this.#fetch = this.#replace(now);
  }

  async #replace(now: number): Promise<void> {
    try {
      this.#keys = await this.#source.fetch();
      this.#fetchedAt = now;
      this.#failed = false;
    } catch (error) {
      this.#failed = true;
      log.warning({ error: (error as Error).message }, "signing keys unavailable");
    } finally {
      this.#fetch = undefined;
    }
  }
}
