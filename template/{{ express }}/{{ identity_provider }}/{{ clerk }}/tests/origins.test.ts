import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { headersOf } from "./identity.ts";
import { problemsOf, withService } from "./service.ts";

const ITEMS = "/api/v1/items";

describe("the origins of sessions", () => {
  for (const OIDC_AUDIENCE of [
    "app.example.com",
    "https://app.example.com/",
    "https://a.example,*",
    "null",
  ]) {
    it(`are exact, which ${OIDC_AUDIENCE} is not`, () => {
      assert.deepEqual(problemsOf({ OIDC_AUDIENCE }), [
        "OIDC_AUDIENCE: must be a list of origins such as https://app.example.com",
      ]);
    });
  }

  it("may be several", async () => {
    const headers = headersOf({ azp: "http://localhost:3000" });
    await withService({}, async ({ request }) => {
      assert.equal((await request.get(ITEMS).set(headers)).status, 401);
    });
    const OIDC_AUDIENCE = "https://app.example.com, http://localhost:3000";
    await withService({ OIDC_AUDIENCE }, async ({ request }) => {
      assert.equal((await request.get(ITEMS).set(headers)).status, 200);
    });
  });
});
