import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { signUp } from "./accounts.ts";
import { type Service, startService } from "./service.ts";

describe("metrics", () => {
  let service: Service;

  before(async () => {
    service = await startService();
  });
  after(() => service.close());

  const metrics = async () => (await service.request.get("/metrics")).text;

  it("counts requests by method, template and status", async () => {
    const { headers } = await signUp(service);
    const { body } = await service.request
      .post("/api/v1/items")
      .set(headers)
      .send({ title: "Milk" });
    await service.request.get(`/api/v1/items/${body.id}`).set(headers);
    const text = await metrics();
    assert.match(
      text,
      /http_requests_total\{method="GET",route="\/api\/v1\/items\/\{id\}",status="200"\} 1/,
    );
    assert.match(text, /http_request_duration_seconds_count\{[^}]*route="\/api\/v1\/items"/);
    assert.match(text, /^http_requests_in_flight 1$/m);
    assert.match(text, /^process_resident_memory_bytes \d/m);
    assert.ok(!text.includes(body.id));
  });

  it("gives unknown paths and methods one label each", async () => {
    for (const path of ["/one", "/two", "/api/three"]) await service.request.get(path);
    await service.request.propfind("/four");
    const text = await metrics();
    assert.match(text, /route="unmatched",status="404"/);
    assert.match(text, /method="OTHER"/);
    assert.doesNotMatch(text, /"\/(one|two|four)|three|PROPFIND/);
  });
});
