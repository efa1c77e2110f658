import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { ALGORITHMS } from "../src/auth/provider.ts";
import { assertProblem } from "./checks.ts";
import { claims, headersOf, issuer, lifetime } from "./identity.ts";
import { Issuer, Key, type Members, spelt } from "./issuer.ts";
import { ALSO_ACCEPTED, REFUSED } from "./provider-tokens.ts";
import { type Service, startService, withService } from "./service.ts";

const ME = "/api/v1/users/me";
const ITEMS = "/api/v1/items";

describe("access tokens", () => {
  let service: Service;

  before(async () => {
    service = await startService();
  });
  after(() => service.close());

  const send = (token: string, scheme = "Bearer") =>
    service.request.get(ME).set("Authorization", `${scheme} ${token}`);
  const takes = async (token: string) => {
    const response = await send(token);
    assert.equal(response.status, 200, response.text);
  };
  const refuses = async (token: string) => {
    const response = await send(token);
    assertProblem(response, 401, "invalid_token");
    assert.match(String(response.headers["www-authenticate"]), /error="invalid_token"/);
  };
  const signed = (changes: Members = {}) => issuer.key.sign(claims(changes));

  it("are taken as documented, whatever the case of the scheme", async () => {
    for (const scheme of ["Bearer", "bearer", "BEARER"]) {
      assert.equal((await send(signed(), scheme)).status, 200);
    }
  });

  for (const [name, changes] of Object.entries(ALSO_ACCEPTED)) {
    it(`are taken: ${name}`, () => takes(signed(changes)));
  }

  for (const [name, changes] of Object.entries(REFUSED)) {
    it(`are refused: ${name}`, () => refuses(signed(changes)));
  }

  it("are refused when they are garbage", async () => {
    for (const garbage of ["x", "a.b.c", "..", "\xe9", "x".repeat(5000), "e30.e30.e30"]) {
      await refuses(garbage);
    }
  });

  for (const name of ["iss", "sub", "exp"]) {
    it(`are refused without ${name}`, () => refuses(signed({ [name]: undefined })));
  }

  for (const [name, changes] of Object.entries<Members>({
    "an empty subject": { sub: "" },
    "a subject that is a number": { sub: 7 },
    "a long subject": { sub: "x".repeat(256) },
    "U+0000 in the subject": { sub: "x\0y" },
    "a line break in the subject": { sub: "x\u2028y" },
    "half a character in the subject": { sub: "x\ud800" },
    "two issuers": { iss: ["https://issuer.example.com"] },
    "an odd end": { exp: "tomorrow" },
    "no end": { exp: null },
    "an odd issue": { iat: "today" },
  })) {
    it(`are refused with ${name}`, () => refuses(signed(changes)));
  }

  for (const [name, offsets] of Object.entries<Record<string, number>>({
    "an end in the past": { exp: -40 },
    "a beginning in the future": { nbf: 40 },
    "an issue in the future": { iat: 40 },
    "a life in the future": { iat: 3600, exp: 7200 },
  })) {
    it(`are refused with ${name}`, () => refuses(signed(lifetime(offsets))));
  }

  for (const name of ["exp", "iat", "nbf"]) {
    it(`are refused when ${name} is no number`, async () => {
      for (const value of ["Infinity", "NaN", "1e999", "-1e999", "true", '"4102444800"']) {
        const text = JSON.stringify(claims({ [name]: 0 })).replace(
          `"${name}":0`,
          `"${name}":${value}`,
        );
        await refuses(issuer.key.sign(text));
      }
    });
  }

  it("may be of a clock that differs a little", async () => {
    await takes(signed(lifetime({ exp: -20 })));
    await takes(signed(lifetime({ nbf: 20, iat: 20 })));
  });

  it("name a key that the provider has", async () => {
    for (const kid of [undefined, "", 7, "unknown"]) {
      await refuses(issuer.key.sign(claims(), { kid }));
      await refuses(new Key("unknown", issuer.key.algorithm).sign(claims(), { kid }));
    }
  });

  it("are signed", async () => {
    for (const alg of ["none", "NONE", ""]) {
      await refuses(`${spelt({ alg, kid: issuer.key.kid })}.${spelt(claims())}.`);
    }
  });

  it("take no public key for a secret", async () => {
    const pem = issuer.key.publicKey.export({ type: "spki", format: "pem" });
    const text = `${spelt({ alg: "HS256", kid: issuer.key.kid })}.${spelt(claims())}`;
    await refuses(`${text}.${createHmac("sha256", pem).update(text).digest("base64url")}`);
  });

  for (const algorithm of ["RS256", "RS512", "ES256", "EdDSA"]) {
    if (algorithm === issuer.key.algorithm) continue;
    it(`of ${algorithm} are none of a key for ${issuer.key.algorithm}`, () =>
      refuses(new Key(issuer.key.kid, algorithm).sign(claims())));
  }

  it("that are hopeless ask nobody", async () => {
    assert.ok(!ALGORITHMS.includes("RS512"));
    const own = await Issuer.start(issuer.key.algorithm);
    await withService({ OIDC_JWKS_URL: own.jwksUrl }, async ({ request }) => {
      for (const token of [
        new Key("any", "RS512").sign(claims()),
        own.key.sign(claims(), { kid: undefined }),
        own.key.sign(claims(), { kid: "" }),
      ]) {
        const response = await request.get(ME).set("Authorization", `Bearer ${token}`);
        assertProblem(response, 401, "invalid_token");
      }
    });
    assert.deepEqual(own.asked, []);
    own.close();
  });

  it("of another key with the same name are refused", () =>
    refuses(new Key(issuer.key.kid, issuer.key.algorithm).sign(claims())));

  it("break when their claims change", async () => {
    const [header, , signature] = signed().split(".");
    await refuses(`${header}.${spelt(claims({ sub: "somebody else" }))}.${signature}`);
  });

  it("cannot bring their key", async () => {
    const attacker = await Issuer.start(issuer.key.algorithm);
    for (const kid of [attacker.key.kid, "unknown"]) {
      const { jwksUrl, key } = attacker;
      const header = { kid, jku: jwksUrl, x5u: jwksUrl, jwk: key.jwk };
      await refuses(attacker.key.sign(claims(), header));
    }
    assert.deepEqual(attacker.asked, []);
    attacker.close();
  });

  it("are refused with an extension that nobody knows", async () => {
    await refuses(issuer.key.sign(claims(), { crit: ["exp"], exp: 4_102_444_800 }));
    await refuses(issuer.key.sign(claims(), { crit: ["b64"], b64: false }));
  });

  it("say whose the items are", async () => {
    const ann = headersOf({ sub: "ann|1" });
    const created = await service.request.post(ITEMS).set(ann).send({ title: "Tea" });
    const location = String(created.headers.location);
    const again = headersOf({ sub: "ann|1" });
    assert.equal((await service.request.get(location).set(again)).status, 200);
    const foreign = await service.request.get(location).set(headersOf({ sub: "ben|2" }));
    assertProblem(foreign, 404, "not_found");
  });
});
