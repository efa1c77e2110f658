import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SLUG } from "../src/about.ts";
import { problemsOf, settingsOf } from "./service.ts";

const NOTHING = { OIDC_ISSUER: "", OIDC_AUDIENCE: "" };

describe("the realm", () => {
  it("of development is known", () => {
    const settings = settingsOf({ ...NOTHING, APP_ENV: "development" });
    assert.equal(settings.OIDC_ISSUER, `http://localhost:8080/realms/${SLUG}`);
    assert.deepEqual(settings.OIDC_AUDIENCE, [SLUG]);
  });

  it("of development can be another", () => {
    const OIDC_ISSUER = "http://localhost:9090/realms/another";
    const settings = settingsOf({ ...NOTHING, OIDC_ISSUER, APP_ENV: "development" });
    assert.equal(settings.OIDC_ISSUER, OIDC_ISSUER);
  });

  for (const APP_ENV of ["test", "production"]) {
    it(`of ${APP_ENV} is told by settings only`, () => {
      const names = problemsOf({ ...NOTHING, APP_ENV }).map((problem) => problem.split(":")[0]);
      assert.deepEqual(names, ["OIDC_ISSUER", "OIDC_AUDIENCE"]);
    });
  }
});
