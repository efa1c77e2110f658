import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EXAMPLE_AUDIENCE, EXAMPLE_ISSUER, ROLES_CLAIM } from "../src/auth/provider.ts";
import { IDENTITY } from "./identity.ts";
import { runProgram } from "./process.ts";
import { WRONG_ISSUERS } from "./provider-tokens.ts";
import { problemsOf, settingsOf } from "./service.ts";

describe("the settings of the identity provider", () => {
  it("have an issuer", () => {
    assert.deepEqual(problemsOf({ OIDC_ISSUER: "" }), [
      `OIDC_ISSUER: is required, such as ${EXAMPLE_ISSUER}`,
    ]);
  });

  for (const OIDC_AUDIENCE of [",", " , "]) {
    it(`have an audience, which "${OIDC_AUDIENCE}" is not`, () => {
      assert.deepEqual(problemsOf({ OIDC_AUDIENCE }), [
        `OIDC_AUDIENCE: is required, such as ${EXAMPLE_AUDIENCE}`,
      ]);
    });
  }

  for (const OIDC_ISSUER of [...WRONG_ISSUERS, "x", "ftp://issuer.example.com"]) {
    it(`refuse the issuer ${OIDC_ISSUER}`, () => {
      assert.deepEqual(problemsOf({ OIDC_ISSUER }), [
        `OIDC_ISSUER: must look like ${EXAMPLE_ISSUER}`,
      ]);
    });
  }

  for (const OIDC_JWKS_URL of [
    "keys",
    "ftp://keys.example.com",
    "https://",
    "https://a:b@c/",
    "http://keys.example.com",
    "http://127.evil.example",
  ]) {
    it(`fetch no key from ${OIDC_JWKS_URL} in production`, () => {
      assert.deepEqual(problemsOf({ APP_ENV: "production", OIDC_JWKS_URL }), [
        "OIDC_JWKS_URL: must be an https URL",
      ]);
    });
  }

  for (const OIDC_JWKS_URL of [
    "https://keys.example.com",
    "http://localhost:8080/keys",
    "http://127.0.0.1/",
    "http://[::1]",
  ]) {
    it(`fetch keys from ${OIDC_JWKS_URL}`, () => {
      assert.deepEqual(problemsOf({ APP_ENV: "production", OIDC_JWKS_URL }), []);
    });
  }

  it("need no https in development", () => {
    const OIDC_JWKS_URL = "http://keys.internal";
    assert.deepEqual(problemsOf({ APP_ENV: "development", OIDC_JWKS_URL }), []);
  });

  it("name the claim that makes admins", () => {
    assert.equal(settingsOf().OIDC_ROLES_CLAIM, ROLES_CLAIM);
  });

  it("end the start when they are missing", async () => {
    const { DATABASE_URL } = process.env;
    const variables = { DATABASE_URL, APP_ENV: "production", ...blank(IDENTITY) };
    const { code, stdout, stderr } = await runProgram("server.ts", { variables });
    assert.deepEqual([code, stdout], [78, ""]);
    assert.match(stderr, /^OIDC_ISSUER: is required/);
  });
});

function blank(variables: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.keys(variables).map((name) => [name, ""]));
}
