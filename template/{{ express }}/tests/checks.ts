/** What holds for every error. */
import assert from "node:assert/strict";
import type { Response } from "supertest";

const LEAK = /node_modules|\.ts:\d|\bSELECT\b|\bINSERT\b/i;

/** Checks that the answer is this problem, and returns its errors by place. */
export function assertProblem(
  response: Response,
  status: number,
  code: string,
): Record<string, string> {
  assert.equal(response.status, status, response.text);
  assert.match(String(response.headers["content-type"]), /^application\/problem\+json/);
  const { errors = [], ...problem } = JSON.parse(response.text);
  assert.equal(problem.code, code);
  assert.equal(problem.status, status);
  assert.equal(problem.type, "about:blank");
  assert.equal(problem.request_id, response.headers["x-request-id"]);
  assert.doesNotMatch(response.text, LEAK);
  return Object.fromEntries(
    errors.map((error: { pointer?: string; parameter?: string; detail: string }) => [
      error.pointer ?? error.parameter,
      error.detail,
    ]),
  );
}

/** Waits until the condition holds; fails when it does not within 30 seconds. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await condition())) {
    assert.ok(Date.now() < end, "it did not happen");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
