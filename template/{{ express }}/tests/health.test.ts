import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { assertProblem } from "./checks.ts";
import { type Service, startService, withService } from "./service.ts";

describe("health", () => {
  let service: Service;

  before(async () => {
    service = await startService();
  });
  after(() => service.close());

  it("is alive and ready", async () => {
    const live = await service.request.get("/health/live");
    assert.deepEqual([live.status, live.body], [200, { status: "ok" }]);
    const ready = await service.request.get("/health/ready");
    assert.deepEqual(
      [ready.status, ready.body],
      [200, { status: "ok", checks: { database: "ok" } }],
    );
  });

  it("answers HEAD with the same status", async () => {
    for (const path of ["/health/live", "/health/ready"]) {
      const { status, text } = await service.request.head(path);
      assert.deepEqual([status, text], [200, undefined]);
    }
  });

  it("can only be read", async () => {
    const response = await service.request.post("/health/live");
    assertProblem(response, 405, "method_not_allowed");
    assert.equal(response.headers.allow, "GET, HEAD");
  });

  it("can do without metrics and documentation", async () => {
    const variables = { METRICS_ENABLED: "false", DOCS_ENABLED: "false" };
    await withService(variables, async ({ request }) => {
      for (const path of ["/metrics", "/docs", "/openapi.json"]) {
        assertProblem(await request.get(path), 404, "not_found");
      }
    });
  });
});
