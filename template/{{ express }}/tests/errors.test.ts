import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import express from "express";
import supertest from "supertest";
import { z } from "zod";
import { log } from "../src/logging.ts";
import { handleErrors } from "../src/middleware/errors.ts";
import { InvalidRequest, Problem, Unavailable } from "../src/problems.ts";
import { validated } from "../src/validation.ts";
import { assertProblem } from "./checks.ts";
import { type Service, startService } from "./service.ts";

class CouponExpired extends Problem {
  constructor() {
    super(409, "coupon_expired", "The coupon has expired.");
  }
}

class OutOfStock extends Error {
  status = 409;
}

const withStatus = (status: unknown, text: string, more = {}) =>
  Object.assign(new Error(text), { status, ...more });

const SHOWN: [string, unknown, number, string, string][] = [
  ["a problem", new CouponExpired(), 409, "coupon_expired", "The coupon has expired."],
  [
    "a text",
    withStatus(400, "The coupon has expired."),
    400,
    "bad_request",
    "The coupon has expired.",
  ],
  ["a text of 404", withStatus(404, "No such coupon."), 404, "not_found", "No such coupon."],
  ["no text", withStatus(404, ""), 404, "not_found", "There is nothing at this address."],
  ["the bare phrase", withStatus(410, "Gone"), 410, "gone", "Gone."],
  ["an apostrophe", withStatus(418, "Tea."), 418, "im_a_teapot", "Tea."],
  ["a renamed status", withStatus(422, "No."), 422, "unprocessable_content", "No."],
  ["a status of nobody", withStatus(499, "No."), 499, "client_error", "No."],
  ["a class of the project", new OutOfStock("No more."), 409, "conflict", "No more."],
  [
    "a library without a word about its text",
    withStatus(409, "/etc", {
      stack: "Error: /etc\n    at f (/app/node_modules/library/a.js:1:2)",
    }),
    409,
    "conflict",
    "Conflict.",
  ],
  ["a library's text", withStatus(400, "No.", { expose: true }), 400, "bad_request", "No."],
  [
    "a status by its other name",
    Object.assign(new Error("No."), { statusCode: 409 }),
    409,
    "conflict",
    "No.",
  ],
  [
    "a library's secret",
    withStatus(400, "/etc", { expose: false }),
    400,
    "bad_request",
    "Bad Request.",
  ],
  [
    "a file that is missing",
    withStatus(404, "ENOENT: /srv/secret", { expose: true, syscall: "stat" }),
    404,
    "not_found",
    "There is nothing at this address.",
  ],
];
const OURS = "Something went wrong on our side.";
const HIDDEN: [string, unknown, number, string][] = [
  ["a bad gateway", withStatus(502, "10.0.0.1"), 502, "bad_gateway"],
  ["a problem", new Problem(500, "secret", "10.0.0.1"), 500, "internal_error"],
  ["an odd status", withStatus("404", "10.0.0.1"), 500, "internal_error"],
  ["success", withStatus(200, "10.0.0.1"), 500, "internal_error"],
  ["a text", "10.0.0.1", 500, "internal_error"],
];

describe("what a handler throws", () => {
  let thrown: unknown;
  const app = express()
    .get("/", () => {
      throw thrown;
    })
    .use(handleErrors);
  const answer = async (error: unknown) => {
    thrown = error;
    const response = await supertest(app).get("/");
    return { response, problem: JSON.parse(response.text) };
  };

  before(() => {
    log.level = "silent";
  });
  after(() => {
    log.level = "error";
  });

  for (const [name, error, status, code, detail] of SHOWN) {
    it(`keeps its status: ${name}`, async () => {
      const { response, problem } = await answer(error);
      assert.equal(response.status, status);
      assert.deepEqual([problem.code, problem.detail], [code, detail]);
    });
  }

  for (const [name, error, status, code] of HIDDEN) {
    it(`keeps its text for the log: ${name}`, async () => {
      const { response, problem } = await answer(error);
      assert.equal(response.status, status);
      assert.deepEqual([problem.code, problem.detail], [code, OURS]);
    });
  }

  it("is bounded, however much the code has to say", async () => {
    const detail = "\u0001".repeat(3000);
    const errors = Array.from({ length: 30 }, () => ({ pointer: `/${detail}`, detail }));
    const { response, problem } = await answer(new InvalidRequest(errors));
    assert.ok(Buffer.byteLength(response.text) <= 32_768);
    assert.equal(problem.detail, "30 fields are invalid.");
    assert.ok(problem.errors.length > 0);
  });

  it("says how to go on", async () => {
    const signIn = await answer(withStatus(401, "Who?"));
    assert.equal(signIn.response.headers["www-authenticate"], "Bearer");
    for (const error of [new Unavailable(), withStatus(503, "down")]) {
      const { response, problem } = await answer(error);
      assert.equal(response.headers["retry-after"], "1");
      assert.equal(problem.code, "unavailable");
    }
  });
});

describe("parameters that contradict each other", () => {
  it("have no place of their own", async () => {
    const Period = z.object({ from: z.string(), to: z.string() });
    const query = Period.refine(({ from, to }) => from <= to, "from must not be after to");
    const app = express()
      .get("/", (request) => validated(request, { query }))
      .use(handleErrors);
    const response = await supertest(app).get("/?from=2&to=1");
    const { errors } = JSON.parse(response.text);
    assert.deepEqual(errors, [{ detail: "from must not be after to" }]);
  });
});

describe("what a library throws", () => {
  let service: Service;

  before(async () => {
    service = await startService();
  });
  after(() => service.close());

  it("keeps its status", async () => {
    const get = (name: string, value: string) =>
      service.request.get("/docs/swagger-ui.css").set(name, value);
    const range = await get("Range", "bytes=99999999-");
    assertProblem(range, 416, "range_not_satisfiable");
    assert.match(String(range.headers["content-range"]), /^bytes \*\/\d+$/);
    assertProblem(await get("If-Match", '"other"'), 412, "precondition_failed");
  });
});
