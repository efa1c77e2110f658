/** What every request meets while the database does not answer. */
import assert from "node:assert/strict";
import type { Response } from "supertest";
import { assertProblem } from "./checks.ts";

export const TIMEOUT_SECONDS = 0.5;
const LONGEST_MS = 2 * TIMEOUT_SECONDS * 1000 + 1000;

/** Checks that the request, just sent, is refused within the time-out and may be tried again. */
export async function assertUnavailable(request: PromiseLike<Response>): Promise<void> {
  const started = Date.now();
  const response = await request;
  assertProblem(response, 503, "unavailable");
  assert.equal(response.headers["retry-after"], "1");
  assert.ok(Date.now() - started < LONGEST_MS, `${Date.now() - started} ms`);
}
