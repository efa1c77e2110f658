import assert from "node:assert/strict";
import { once } from "node:events";
import { get } from "node:http";
import { after, before, describe, it } from "node:test";
import { assertProblem } from "./checks.ts";
import { freshDatabase, spoilItems } from "./database.ts";
import { type Caller, newCaller } from "./identity.ts";
import { logLines, startServer } from "./process.ts";
import { type Service, startService } from "./service.ts";

const ITEMS = "/api/v1/items";

describe("errors", () => {
  let service: Service;
  let caller: Caller;

  before(async () => {
    service = await startService();
    caller = await newCaller();
  });
  after(() => service.close());

  for (const path of ["/", "/api", "/api/v1/items/", "/API/v1/items", "//api/v1/items", "/%ZZ"]) {
    it(`has nothing at ${path}`, async () => {
      const response = await service.request.get(path).set(caller.headers);
      assertProblem(response, 404, "not_found");
      assert.equal(response.body.instance, path);
    });
  }

  for (const path of [
    ...["/%6Detrics", "/health%2Flive", "/api/v1/item%73", "/%2e/metrics"],
    ...["/metrics#", "/health/live#/x", "/health\\live", "/health\\live#"],
  ]) {
    it(`takes ${path} for no other spelling of a path`, async () => {
      // Most clients would tidy it up.
      const { port } = service;
      const [response] = await once(get({ port, path, headers: caller.headers }), "response");
      assert.equal(response.resume().statusCode, 404);
    });
  }

  it("repeats no endless path, and cuts no escape", async () => {
    for (const start of ["/", "/x", "/xx"]) {
      const response = await service.request.get(`${start}${"%20".repeat(1000)}`);
      assertProblem(response, 404, "not_found");
      assert.ok(response.body.instance.length <= 2048);
      assert.ok(decodeURIComponent(response.body.instance).endsWith(" "));
    }
  });

  it("has nothing at an id that cannot be decoded", async () => {
    const response = await service.request.get(`${ITEMS}/%ZZ`).set(caller.headers);
    assertProblem(response, 404, "not_found");
  });

  it("names every method of an address", async () => {
    const response = await service.request.put(ITEMS).send({});
    assertProblem(response, 405, "method_not_allowed");
    assert.equal(response.headers.allow, "GET, HEAD, POST");
    const id = "019fc0de-0000-7000-8000-0123456789ab";
    const item = await service.request.post(`${ITEMS}/${id}`).send({});
    assert.equal(item.headers.allow, "DELETE, GET, HEAD, PATCH");
  });

  it("answers HEAD without a body", async () => {
    const found = await service.request.head(ITEMS).set(caller.headers);
    assert.deepEqual([found.status, found.text], [200, undefined]);
    const missing = await service.request.head("/nothing");
    assert.deepEqual([missing.status, missing.text], [404, undefined]);
  });

  it("repeats a well-formed request id and replaces any other", async () => {
    const kept = await service.request.get("/nothing").set("X-Request-ID", "A.b_c-9");
    assert.equal(kept.body.request_id, "A.b_c-9");
    for (const sent of ["x".repeat(65), "two words", "a/b", ""]) {
      const replaced = await service.request.get("/nothing").set("X-Request-ID", sent);
      assert.match(replaced.body.request_id, /^[0-9a-f-]{36}$/);
    }
  });
});

describe("an error that nobody foresaw", () => {
  it("is logged with its stack, and shown without", async () => {
    const url = await freshDatabase();
    const server = await startServer({ DATABASE_URL: url });
    try {
      const caller = await newCaller();
      await spoilItems(url);

      const response = await fetch(`${server.url}${ITEMS}`, { headers: caller.headers });
      const problem = (await response.json()) as { detail: string; request_id: string };
      assert.equal(response.status, 500);
      assert.equal(problem.detail, "Something went wrong on our side.");
      const line = logLines(server).find((entry) => entry.message === "unhandled error");
      assert.equal(line?.request_id, problem.request_id);
      assert.match(String(line?.exception), /repository\.ts:\d+/);
    } finally {
      server.process.kill();
      await server.ended;
    }
  });
});
