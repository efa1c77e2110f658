import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, it } from "node:test";
import { CompactSign, type JWTPayload, SignJWT } from "jose";
import { SLUG } from "../src/about.ts";
import { AccessTokens } from "../src/auth/tokens.ts";
import { InvalidToken } from "../src/problems.ts";
import { Secret } from "../src/secret.ts";

const KEY = "a-key-of-exactly-thirty-two-byte";
const HEADER = { alg: "HS256", typ: "at+jwt" };
const now = () => Math.floor(Date.now() / 1000);
const claims = (): JWTPayload => ({
  iss: SLUG,
  aud: SLUG,
  sub: randomUUID(),
  iat: now(),
  exp: now() + 60,
  jti: randomUUID(),
  role: "user",
});
const signed = (payload: JWTPayload, header: { alg: string; typ?: string } = HEADER, key = KEY) =>
  new SignJWT(payload).setProtectedHeader(header).sign(new TextEncoder().encode(key));
/** Signs a payload that no library would. */
const sealed = (payload: string) =>
  new CompactSign(new TextEncoder().encode(payload))
    .setProtectedHeader(HEADER)
    .sign(new TextEncoder().encode(KEY));
const without = (name: string) => {
  const { [name]: _, ...rest } = claims();
  return rest;
};

describe("access tokens", () => {
  const tokens = new AccessTokens(new Secret(KEY), 900);
  const refuses = (token: string) => assert.rejects(tokens.verify(token), InvalidToken);

  it("say who signed in, and as what", async () => {
    const id = randomUUID();
    assert.deepEqual(await tokens.verify(await tokens.sign(id, "admin")), { id, role: "admin" });
  });

  it("are accepted when forged faithfully", async () => {
    // Otherwise the refusals below would prove nothing.
    const payload = claims();
    assert.equal((await tokens.verify(await signed(payload))).id, payload.sub);
  });

  for (const name of Object.keys(claims())) {
    it(`are refused without ${name}`, async () => refuses(await signed(without(name))));
  }

  for (const [name, change] of Object.entries<JWTPayload>({
    "another issuer": { iss: "another" },
    "another audience": { aud: ["another"] },
    "an unknown role": { role: "root" },
    "a subject that is no id": { sub: "nobody" },
    "an end in the past": { exp: now() - 40 },
    "a beginning in the future": { iat: now() + 3600 },
    "a time before which they are not valid": { nbf: now() + 3600 },
  })) {
    it(`are refused with ${name}`, async () => refuses(await signed({ ...claims(), ...change })));
  }

  for (const name of ["exp", "iat", "nbf"]) {
    it(`are refused when ${name} is no number`, async () => {
      for (const value of [`"${now()}"`, "true", "null", "[]", "1e999", "-1e999"]) {
        const text = JSON.stringify({ ...claims(), [name]: 0 });
        await refuses(await sealed(text.replace(`"${name}":0`, `"${name}":${value}`)));
      }
    });
  }

  it("may be of a clock that differs a little, and no more", async () => {
    for (const change of [{ exp: now() - 31 }, { iat: now() + 35 }, { nbf: now() + 35 }]) {
      await refuses(await signed({ ...claims(), ...change }));
    }
    for (const change of [{ exp: now() - 20 }, { iat: now() + 20 }, { nbf: now() + 20 }]) {
      await tokens.verify(await signed({ ...claims(), ...change }));
    }
  });

  it("are refused with another type, algorithm or key", async () => {
    await refuses(await signed(claims(), { alg: "HS256", typ: "JWT" }));
    await refuses(await signed(claims(), { alg: "HS256" }));
    await refuses(await signed(claims(), { alg: "HS512", typ: "at+jwt" }));
    await refuses(await signed(claims(), HEADER, "another-key-of-thirty-two-bytes!"));
    const [, payload] = (await signed(claims())).split(".");
    const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString("base64url");
    await refuses(`${none}.${payload}.`);
  });

  it("are refused when they are garbage", async () => {
    for (const garbage of ["x", "...", "a.b.c", "e30.e30.e30", "W10.e30.e30", "A".repeat(6000)]) {
      await refuses(garbage);
    }
  });
});
