import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DatabaseUnavailable } from "../src/outages.ts";

const reasonOf = (error: unknown) => new DatabaseUnavailable(error).reason;

describe("the reason of an outage", () => {
  it("is one line of bounded length", () => {
    assert.equal(reasonOf(new Error(`no\n  route ${"x".repeat(500)}`)).length, 200);
    assert.equal(reasonOf(new Error("no\n  route")), "no route");
    assert.equal(reasonOf("away"), "away");
  });

  it("holds no URL, which might hold a password", () => {
    const error = new Error("cannot open postgres+x://ada:hunter2@db/orders?a=b now");
    assert.equal(reasonOf(error), "cannot open [URL] now");
  });

  it("tells each of several attempts once", () => {
    const refused = () => new Error("connect ECONNREFUSED ::1:5432");
    const error = new AggregateError([refused(), refused(), new AggregateError([new Error("no")])]);
    assert.equal(reasonOf(error), "connect ECONNREFUSED ::1:5432; no");
  });
});
