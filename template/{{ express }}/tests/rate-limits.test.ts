import assert from "node:assert/strict";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { parseRate } from "../src/rate-limits.ts";
import { assertProblem } from "./checks.ts";
import { freePort } from "./process.ts";
import { listening, type Service, withService } from "./service.ts";

const ITEMS = "/api/v1/items";

/** Sends a request as this client of a proxy, and returns the status. */
async function statusFor(service: Service, client: string, path = ITEMS): Promise<number> {
  return (await service.request.get(path).set("X-Forwarded-For", client)).status;
}

describe("a rate", () => {
  it("is a number for a time", () => {
    assert.deepEqual(parseRate("300/minute"), { limit: 300, seconds: 60 });
    assert.deepEqual(parseRate(" 5 per 2 hours "), { limit: 5, seconds: 7200 });
    assert.deepEqual(parseRate("5/30 DAYS"), { limit: 5, seconds: 2_592_000 });
    assert.equal(parseRate("off"), null);
    for (const text of [
      "",
      "many",
      "5",
      "5/fortnight",
      "-1/minute",
      "0/minute",
      "5/0 minutes",
      "1.5/minute",
      "10/second;300/minute",
      "10/second, 300/minute",
      `5/${"9".repeat(400)} days`,
    ]) {
      assert.throws(() => parseRate(text), /must be off or one rate/, text);
    }
  });
});

describe("rate limits", { concurrency: true }, () => {
  it("refuse what is too much below /api, and nothing else", async () => {
    await withService({ RATE_LIMIT_DEFAULT: "3/minute" }, async (service) => {
      for (const path of [ITEMS, "/api/nothing", "/api"]) await service.request.get(path);
      const refused = await service.request.get(ITEMS);
      assertProblem(refused, 429, "rate_limited");
      assert.match(String(refused.headers["retry-after"]), /^([1-9]|[1-5]\d|60)$/);
      assert.equal(refused.headers["ratelimit-policy"], '"default";q=3;w=60');
      assert.match(String(refused.headers.ratelimit), /^"default";r=0;t=\d+$/);
      for (const path of ["/health/live", "/health/ready", "/metrics"]) {
        assert.equal((await service.request.get(path)).status, 200);
      }
    });
  });

  it("count clients singly, and IPv6 by network", async () => {
    const variables = { RATE_LIMIT_DEFAULT: "1/minute", TRUSTED_PROXIES: "127.0.0.0/8" };
    await withService(variables, async (service) => {
      assert.equal(await statusFor(service, "198.51.100.7"), 401);
      assert.equal(await statusFor(service, "198.51.100.7:5000"), 429);
      for (const mapped of [
        "::ffff:198.51.100.7",
        "::FFFF:c633:6407",
        "0:0:0:0:0:ffff:c633:6407",
      ]) {
        assert.equal(await statusFor(service, mapped), 429, mapped);
      }
      assert.equal(await statusFor(service, "::ffff:c633:6408"), 401);
      assert.equal(await statusFor(service, "2001:db8::1"), 401);
      assert.equal(await statusFor(service, "2001:db8::2:1"), 429);
      assert.equal(await statusFor(service, "[2001:db8:0:1::1]:443"), 401);
    });
  });

  it("believe the nearest address that is no trusted proxy", async () => {
    const variables = { RATE_LIMIT_DEFAULT: "1/minute", TRUSTED_PROXIES: "127.0.0.1,10.0.0.0/8" };
    await withService(variables, async (service) => {
      assert.equal(await statusFor(service, "1.1.1.1, 198.51.100.7, 10.1.2.3"), 401);
      assert.equal(await statusFor(service, "2.2.2.2, 198.51.100.7"), 429);
      assert.equal(await statusFor(service, "garbage"), 401);
      assert.equal(await statusFor(service, "other garbage"), 429);
    });
  });

  it("believe nobody by default", async () => {
    await withService({ RATE_LIMIT_DEFAULT: "1/minute" }, async (service) => {
      assert.equal(await statusFor(service, "198.51.100.7"), 401);
      assert.equal(await statusFor(service, "198.51.100.8"), 429);
    });
  });

  it("count in memory while Redis is down or silent, without waiting each time", async () => {
    const silent = await listening(createServer().listen(0, "127.0.0.1"));
    const address = silent.address();
    const port = typeof address === "object" && address ? address.port : 0;
    for (const redis of [port, await freePort()]) {
      const variables = {
        RATE_LIMIT_DEFAULT: "1/minute",
        RATE_LIMIT_STORAGE_URL: `redis://127.0.0.1:${redis}`,
      };
      await withService(variables, async (service) => {
        assert.equal((await service.request.get(ITEMS)).status, 401);
        const started = performance.now();
        for (let count = 0; count < 20; count += 1) {
          assert.equal((await service.request.get(ITEMS)).status, 429);
        }
        assert.ok(performance.now() - started < 2000);
      });
    }
    silent.close();
  });
});
