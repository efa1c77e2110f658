/** Password hashing off the event loop. */
import { hash, verify } from "@node-rs/argon2";
import { Slots } from "../slots.ts";

// OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, two passes, one lane.
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const CURRENT = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/;

// Each hash takes 19 MiB and a core: more at a time would starve the requests that need neither.
const AT_ONCE = 2;

/** Returns the password in NFC: the same keys may send composed or decomposed characters. */
export function normalise(password: string): string {
  return password.normalize("NFC");
}

/** Tells whether the hash was made with other parameters than today's. */
export function needsRehash(stored: string): boolean {
  return !CURRENT.test(stored);
}

/** Hashes and verifies, at most two at a time in this process. */
export class PasswordHasher {
  readonly #slots = new Slots(AT_ONCE);
  // Verified when there is no account, so that an unknown address takes as long as a wrong password.
  readonly #dummy = this.hash("");

  /** Returns the hash to store. */
  hash(password: string): Promise<string> {
    return this.#slots.run(() => hash(normalise(password), PARAMETERS));
  }

  /** Tells whether the password fits; undefined stands for an account that does not exist. */
  async verify(stored: string | undefined, password: string): Promise<boolean> {
    const against = stored ?? (await this.#dummy);
    const fits = await this.#slots.run(() =>
      verify(against, normalise(password)).catch(() => false),
    );
    return fits && stored !== undefined;
  }
}
