/** Password hashing off the event loop. */
import { hash, verify } from "@node-rs/argon2";
import { Slots } from "../slots.ts";
import { tooLong } from "../types.ts";

// OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, two passes, one lane.
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const CURRENT = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/;

// Each hash takes 19 MiB and a core: more at a time would starve the requests that need neither.
const AT_ONCE = 2;

// Code points: 128 of a password in NFC are at most 512 in any other form. Normalising takes time
// that grows with the square of the length, 0.1 ms here and a minute for a megabyte.
const LONGEST_TO_NORMALISE = 512;

/** Returns the password in NFC: the same keys may send composed or decomposed characters. */
export function normalise(password: string): string {
  return password.normalize("NFC");
}

/** Tells whether the password has more characters than any that was ever accepted. */
export function isEndless(password: string): boolean {
  return tooLong(password, LONGEST_TO_NORMALISE) !== undefined;
}

/** Tells whether the hash was made with other parameters than today's. */
export function needsRehash(stored: string): boolean {
  return !CURRENT.test(stored);
}

/** Hashes and verifies, at most two at a time in this process; `Unavailable` after a long wait. */
export class PasswordHasher {
  readonly #slots = new Slots(AT_ONCE);
  readonly #timeoutMs: number;
  // Verified when there is no account, so that an unknown address takes as long as a wrong password.
  readonly #dummy: Promise<string>;

  constructor(timeoutSeconds = Number.POSITIVE_INFINITY) {
    this.#timeoutMs = timeoutSeconds * 1000;
    this.#dummy = this.hash("");
  }

  /** Returns the hash to store. */
  hash(password: string): Promise<string> {
    return this.#slots.run(() => hash(normalise(password), PARAMETERS), this.#timeoutMs);
  }

  /** Tells whether the password fits; undefined stands for an account that does not exist. */
  async verify(stored: string | undefined, password: string): Promise<boolean> {
    // An endless password is a wrong one, and takes as long as any other.
    if (isEndless(password)) return this.verify(undefined, "");
    const against = stored ?? (await this.#dummy);
    const fits = await this.#slots.run(
      () => verify(against, normalise(password)).catch(() => false),
      this.#timeoutMs,
    );
    return fits && stored !== undefined;
  }
}
