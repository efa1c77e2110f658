import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { headersOf } from "./identity.ts";
import { withService } from "./service.ts";

const ME = "/api/v1/users/me";

describe("anonymous users", () => {
  it("get in only when the setting says so", async () => {
    const headers = headersOf({ is_anonymous: true });
    for (const [OIDC_ALLOW_ANONYMOUS, status] of [
      ["", 401],
      ["false", 401],
      ["true", 200],
    ] as const) {
      await withService({ OIDC_ALLOW_ANONYMOUS }, async ({ request }) => {
        assert.equal((await request.get(ME).set(headers)).status, status);
      });
    }
  });
});
