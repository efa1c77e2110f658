import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { assertProblem } from "./checks.ts";
import { type Caller, newCaller } from "./identity.ts";
import { type Service, startService } from "./service.ts";

const ITEMS = "/api/v1/items";
const EMOJI = "\u{1f95b}"; // one code point, two UTF-16 units
const WHITE_SPACE =
  "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000";

describe("the fields of an item", () => {
  let service: Service;
  let caller: Caller;

  before(async () => {
    service = await startService();
    caller = await newCaller();
  });
  after(() => service.close());

  const post = (body: object) => service.request.post(ITEMS).set(caller.headers).send(body);
  const refusal = async (body: object) => assertProblem(await post(body), 422, "invalid_request");

  it("lists every fault", async () => {
    assert.deepEqual(await refusal({ title: " ", description: 5, owner_id: "x", "a/b~c": 1 }), {
      "/title": "must not be blank",
      "/description": "must be a string",
      "/owner_id": "is not a known field",
      "/a~1b~0c": "is not a known field",
    });
  });

  it("requires a title that is a string", async () => {
    assert.deepEqual(await refusal({}), { "/title": "is required" });
    for (const title of [null, 1, true, [], {}]) {
      assert.deepEqual(await refusal({ title }), { "/title": "must be a string" });
    }
  });

  it("trims Unicode white space and nothing else", async () => {
    const trimmed = await post({ title: `${WHITE_SPACE}in between${WHITE_SPACE}` });
    assert.equal(trimmed.body.title, "in between");
    const kept = await post({ title: "\ufeffx\u200b" });
    assert.equal(kept.body.title, "\ufeffx\u200b");
    assert.deepEqual(await refusal({ title: WHITE_SPACE }), { "/title": "must not be blank" });
  });

  it("trims a long run of spaces in linear time", async () => {
    const started = performance.now();
    await refusal({ title: `a${" ".repeat(500_000)}b` });
    assert.ok(performance.now() - started < 1000);
  });

  it("counts code points", async () => {
    assert.equal((await post({ title: EMOJI.repeat(200) })).status, 201);
    assert.deepEqual(await refusal({ title: EMOJI.repeat(201) }), {
      "/title": "must have at most 200 characters",
    });
    assert.equal((await post({ title: "x", description: EMOJI.repeat(2000) })).status, 201);
    assert.deepEqual(await refusal({ title: "x", description: "x".repeat(2001) }), {
      "/description": "must have at most 2000 characters",
    });
  });

  it("refuses control characters and lone surrogates", async () => {
    for (const character of ["\0", "\u0007", "\u007f", "\u009f", "\t", "\n"]) {
      assert.deepEqual(await refusal({ title: `a${character}b` }), {
        "/title": "must not contain control characters",
      });
    }
    assert.deepEqual(await refusal({ title: "x", description: "a\rb" }), {
      "/description": "must not contain control characters except tab and newline",
    });
    assert.deepEqual(await refusal({ title: "a\ud800" }), {
      "/title": "must not contain lone surrogates",
    });
  });

  it("refuses a field called __proto__", async () => {
    const response = await service.request
      .post(ITEMS)
      .set({ ...caller.headers, "Content-Type": "application/json" })
      .send('{"title": "x", "__proto__": {"role": "admin"}}');
    assert.deepEqual(assertProblem(response, 422, "invalid_request"), {
      "/__proto__": "is not a known field",
    });
  });
});
