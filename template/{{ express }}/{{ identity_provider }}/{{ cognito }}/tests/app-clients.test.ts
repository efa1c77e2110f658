import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { headersOf } from "./identity.ts";
import { withService } from "./service.ts";

const ITEMS = "/api/v1/items";

describe("app clients", () => {
  it("may be several", async () => {
    const headers = headersOf({ client_id: "1mobile23456789" });
    await withService({}, async ({ request }) => {
      assert.equal((await request.get(ITEMS).set(headers)).status, 401);
    });
    const OIDC_AUDIENCE = "1example23456789,1mobile23456789";
    await withService({ OIDC_AUDIENCE }, async ({ request }) => {
      assert.equal((await request.get(ITEMS).set(headers)).status, 200);
    });
  });
});
