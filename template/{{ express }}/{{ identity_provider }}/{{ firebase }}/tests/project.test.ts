import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { problemsOf } from "./service.ts";

describe("the project", () => {
  for (const OIDC_AUDIENCE of ["other-project", "project", "example-project,other-project"]) {
    it(`is that of the issuer, which ${OIDC_AUDIENCE} is not`, () => {
      assert.deepEqual(problemsOf({ OIDC_AUDIENCE }), [
        "OIDC_AUDIENCE: must be the project id that OIDC_ISSUER ends with",
      ]);
    });
  }

  it("is told beside every other fault", () => {
    const names = problemsOf({ OIDC_AUDIENCE: "other-project", PORT: "x", DATABASE_URL: "" });
    assert.deepEqual(
      names.map((problem) => problem.split(":")[0]),
      ["PORT", "DATABASE_URL", "OIDC_AUDIENCE"],
    );
  });
});
