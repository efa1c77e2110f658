import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Service, startService, withService } from "./service.ts";

const ITEMS = "/api/v1/items";
const ORIGIN = "https://app.example";
const COMMON = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "content-security-policy": "default-src 'none';frame-ancestors 'none'",
};

describe("headers", () => {
  let service: Service;

  before(async () => {
    service = await startService({
      APP_ENV: "production",
      CORS_ORIGINS: `${ORIGIN},https://b.example:8443`,
    });
  });
  after(() => service.close());

  for (const [name, path] of Object.entries({
    success: "/health/live",
    "a refusal": ITEMS,
    "an unknown path": "/nothing",
  })) {
    it(`protects ${name}`, async () => {
      const { headers } = await service.request.get(path);
      for (const [header, value] of Object.entries(COMMON)) assert.equal(headers[header], value);
      assert.equal(headers["strict-transport-security"], "max-age=31536000");
      assert.ok(!("x-powered-by" in headers) && !("server" in headers) && !("etag" in headers));
    });
  }

  it("lets nobody keep what the API says", async () => {
    assert.equal((await service.request.get(ITEMS)).headers["cache-control"], "no-store");
    assert.equal((await service.request.get("/api")).headers["cache-control"], "no-store");
    assert.equal((await service.request.get("/health/live")).headers["cache-control"], undefined);
  });

  it("promises no transport security outside production", async () => {
    const { headers } = await withService({}, ({ request }) => request.get("/health/live"));
    assert.equal(headers["strict-transport-security"], undefined);
  });

  it("promises it for subdomains where that is wanted", async () => {
    const variables = { APP_ENV: "production", HSTS_INCLUDE_SUBDOMAINS: "true" };
    const { headers } = await withService(variables, ({ request }) => request.get("/health/live"));
    assert.equal(headers["strict-transport-security"], "max-age=31536000; includeSubDomains");
  });

  it("lets listed origins read answers, errors too", async () => {
    const { status, headers } = await service.request.get(ITEMS).set("Origin", ORIGIN);
    assert.equal(status, 401);
    assert.equal(headers["access-control-allow-origin"], ORIGIN);
    assert.match(String(headers.vary), /Origin/);
    assert.match(String(headers["access-control-expose-headers"]), /Retry-After/);
  });

  for (const origin of ["https://foreign.example", "http://app.example", "null", "*"]) {
    it(`lets ${origin} read nothing`, async () => {
      const { headers } = await service.request.get(ITEMS).set("Origin", origin);
      assert.equal(headers["access-control-allow-origin"], undefined);
      const preflight = await service.request
        .options(ITEMS)
        .set({ Origin: origin, "Access-Control-Request-Method": "POST" });
      assert.equal(preflight.status, 204);
      assert.equal(preflight.headers["access-control-allow-origin"], undefined);
    });
  }

  it("answers preflights of listed origins", async () => {
    const { status, headers } = await service.request
      .options(ITEMS)
      .set({ Origin: ORIGIN, "Access-Control-Request-Method": "PATCH" });
    assert.equal(status, 204);
    assert.match(String(headers["access-control-allow-methods"]), /PATCH/);
    assert.match(String(headers["access-control-allow-headers"]), /Authorization/);
  });

  it("takes OPTIONS without a preflight for a method", async () => {
    assert.equal((await service.request.options(ITEMS).set("Origin", ORIGIN)).status, 405);
  });
});
