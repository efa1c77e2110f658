import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { headersOf } from "./identity.ts";
import { ADMIN } from "./provider-tokens.ts";
import { problemsOf, withService } from "./service.ts";

const ITEMS = "/api/v1/items";

describe("admins", () => {
  it("are none, whatever their organization says, until a claim is named", async () => {
    const organization = { id: "org_123", slg: "org-slug", rol: "admin" };
    await withService({}, async ({ request }) => {
      for (const changes of [ADMIN, { o: organization }, { "": "admin" }]) {
        const { body } = await request.get("/api/v1/users/me").set(headersOf(changes));
        assert.equal(body.role, "user");
      }
    });
  });
});

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
