/** When a token counts, as its claims say (RFC 7519 §4.1). */
import type { JWTPayload } from "jose";
import { InvalidToken } from "../problems.ts";

/** How far two clocks may be apart. */
export const LEEWAY_SECONDS = 30;

/**
 * Refuses a token of the future, and times that are no numbers; the library has done the rest.
 *
 * It looks at the time of issue only where a longest age is set, and takes 1e999 for a number.
 */
export function checkTimes({ exp, nbf, iat }: JWTPayload): void {
  const times = [exp, nbf, iat].filter((time) => time !== undefined);
  const latest = Date.now() / 1000 + LEEWAY_SECONDS;
  if (!times.every(Number.isFinite) || (iat ?? 0) > latest) throw new InvalidToken();
}
