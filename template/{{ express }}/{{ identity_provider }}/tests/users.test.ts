import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import express from "express";
import supertest from "supertest";
import { adminsOnly, bearer } from "../src/auth/bearer.ts";
import { claimAt } from "../src/auth/claims.ts";
import { KeySource } from "../src/auth/key-source.ts";
import { SigningKeys } from "../src/auth/keys.ts";
import { ALGORITHMS } from "../src/auth/provider.ts";
import { AccessTokens } from "../src/auth/tokens.ts";
import { handleErrors } from "../src/middleware/errors.ts";
import { assertProblem } from "./checks.ts";
import { headersOf, issuer } from "./identity.ts";
import type { Members } from "./issuer.ts";
import { ADMIN, NO_ADMINS, ROLES_CLAIM } from "./provider-tokens.ts";
import { type Service, startService, withService } from "./service.ts";

const ME = "/api/v1/users/me";

describe("the caller", () => {
  let service: Service;

  before(async () => {
    service = await startService({ OIDC_ROLES_CLAIM: ROLES_CLAIM });
  });
  after(() => service.close());

  const me = async (changes: Members = {}) =>
    (await service.request.get(ME).set(headersOf(changes))).body;

  it("signs in first", async () => {
    assertProblem(await service.request.get(ME), 401, "unauthenticated");
  });

  it("is whom the token names", async () => {
    assert.deepEqual(await me({ sub: "ann|1", email: "ann@example.com" }), {
      id: "ann|1",
      email: "ann@example.com",
      role: "user",
      created_at: null,
    });
  });

  it("need not tell the e-mail address", async () => {
    for (const email of [undefined, 7, ["ann@example.com"]]) {
      assert.equal((await me({ email })).email, null);
    }
  });

  it("has the role that the claim says", async () => {
    assert.equal((await me(ADMIN)).role, "admin");
    for (const changes of NO_ADMINS) assert.equal((await me(changes)).role, "user");
  });

  it("has the role of another claim when that is the one", async () => {
    const claim = "https://example.com/roles";
    await withService({ OIDC_ROLES_CLAIM: claim }, async ({ request }) => {
      const admin = await request.get(ME).set(headersOf({ [claim]: "admin" }));
      assert.equal(admin.body.role, "admin");
      const noLonger = await request.get(ME).set(headersOf(ADMIN));
      assert.equal(noLonger.body.role, "user");
    });
  });

  it("passes a route for admins only as one", async () => {
    const { settings } = service;
    const source = new KeySource({
      issuer: settings.OIDC_ISSUER,
      jwksUrl: issuer.jwksUrl,
      algorithms: ALGORITHMS,
      production: false,
    });
    const app = express()
      .use(bearer(new AccessTokens(new SigningKeys(source), settings)), adminsOnly)
      .get("/", (_, response) => response.json("welcome"))
      .use(handleErrors);
    assertProblem(await supertest(app).get("/").set(headersOf()), 403, "forbidden");
    assert.equal((await supertest(app).get("/").set(headersOf(ADMIN))).body, "welcome");
  });
});

describe("a claim", () => {
  const token = { a: { b: { c: 1 } }, "x.y": 2, x: { y: 3 }, list: ["z"] };
  for (const [path, value] of Object.entries({
    a: { b: { c: 1 } },
    "a.b.c": 1,
    "a.b.d": undefined,
    "a.b.c.d": undefined,
    "x.y": 2,
    "list.0": undefined,
    "a.constructor": undefined,
    constructor: undefined,
  })) {
    it(`is found by its path: ${path}`, () => assert.deepEqual(claimAt(token, path), value));
  }
});
