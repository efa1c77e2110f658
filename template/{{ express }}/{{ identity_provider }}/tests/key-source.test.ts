import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { KeySource, KeySourceError, type KeySourceOptions } from "../src/auth/key-source.ts";
import { DISCOVERY, Issuer, KEYS, Key } from "./issuer.ts";

const ALGORITHMS = ["RS256", "ES256", "EdDSA"];
const BOMB = gzipSync(" ".repeat(10_000_000));

describe("the source of keys", () => {
  let own: Issuer;

  beforeEach(async () => {
    own = await Issuer.start("RS256");
  });
  afterEach(() => own.close());

  const source = (changes: Partial<KeySourceOptions> = {}) =>
    new KeySource({
      issuer: own.url,
      jwksUrl: own.jwksUrl,
      algorithms: ALGORITHMS,
      production: true,
      ...changes,
    });
  const names = async (changes: Partial<KeySourceOptions> = {}) => [
    ...(await source(changes).fetch()).keys(),
  ];
  const refuses = (reason: RegExp, changes: Partial<KeySourceOptions> = {}) =>
    assert.rejects(names(changes), (error) => {
      assert.ok(error instanceof KeySourceError);
      assert.match(error.message, reason);
      return true;
    });
  const discover = (issuer: string, jwks_uri: unknown) =>
    own.answer(`${new URL(issuer).pathname.replace(/\/$/, "")}${DISCOVERY}`, {
      body: JSON.stringify({ issuer, jwks_uri }),
    });

  for (const base of ["", "/", "/realms/example"]) {
    it(`is where the discovery of an issuer "${base}" says`, async () => {
      const issuer = `${own.url}${base}`;
      discover(issuer, own.jwksUrl);
      assert.deepEqual(await names({ issuer, jwksUrl: undefined }), ["RS256 first"]);
      assert.deepEqual(own.asked, [`${base.replace(/\/$/, "")}${DISCOVERY}`, KEYS]);
    });
  }

  for (const algorithm of ALGORITHMS) {
    it(`has keys for ${algorithm}`, async () => {
      own.jwks = { keys: [new Key("one", algorithm).jwk] };
      assert.deepEqual(await names(), [`${algorithm} one`]);
    });
  }

  for (const [name, answer, reason] of [
    ["an error", { body: "", status: 500 }, /status 500/],
    ["nothing", { body: "{}", status: 404 }, /status 404/],
    ["a page", { body: "<!doctype html>" }, /not valid JSON/],
    ["an empty body", { body: "" }, /JSON/],
    ["no UTF-8", { body: Buffer.from([0xff, 0xfe]) }, /not valid for encoding utf-8/],
    ["endless nesting", { body: "[".repeat(60_000) }, /JSON/],
    ["a list", { body: "[]" }, /no JSON object/],
    ["null", { body: "null" }, /no JSON object/],
    ["an empty object", { body: "{}" }, /no key for RS256 or ES256 or EdDSA/],
    ["an empty set", { body: '{"keys": []}' }, /no key/],
    ["keys that are no list", { body: '{"keys": {"0": 1}}' }, /no key/],
    ["keys that are no objects", { body: '{"keys": [1, null, [], {}]}' }, /no key/],
    ["ten megabytes", { body: " ".repeat(10_000_000) }, /more than 65536 bytes/],
    ["a compressed document", { body: BOMB, headers: { "Content-Encoding": "gzip" } }, /utf-8/],
    ["a redirect", { body: "", status: 302, headers: { Location: "/elsewhere" } }, /status 302/],
    ["half of it", { body: "{}", headers: { "Content-Length": "9" } }, /./],
  ] as const) {
    it(`has no key when the provider answers with ${name}`, async () => {
      own.answer(KEYS, answer);
      await refuses(reason);
      assert.deepEqual(own.asked, [KEYS]);
    });
  }

  it("follows no redirect", async () => {
    const attacker = await Issuer.start("RS256");
    const redirect = { body: "", status: 307, headers: { Location: attacker.jwksUrl } };
    for (const path of [KEYS, DISCOVERY]) own.answer(path, redirect);
    await refuses(/status 307/);
    await refuses(/status 307/, { jwksUrl: undefined });
    assert.deepEqual(attacker.asked, []);
    attacker.close();
  });

  it("gives a slow provider up", async () => {
    own.sleep();
    const started = performance.now();
    await refuses(/timeout/, { timeoutMs: 50 });
    assert.ok(performance.now() - started < 5000);
  });

  it("asks a proxy that the environment names, but for no address of this machine", async () => {
    const proxy = await Issuer.start("RS256");
    const names = ["HTTP_PROXY", "http_proxy"].map((name) => [name, process.env[name]] as const);
    for (const [name] of names) process.env[name] = proxy.url;
    try {
      const elsewhere = "http://keys.example.com/keys";
      proxy.answer(elsewhere, { body: JSON.stringify(own.jwks) });
      const found = await source({ jwksUrl: elsewhere }).fetch();
      assert.deepEqual([...found.keys()], ["RS256 first"]);
      assert.deepEqual([...(await source().fetch()).keys()], ["RS256 first"]);
      assert.deepEqual(proxy.asked, [elsewhere]);
    } finally {
      for (const [name, value] of names) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
      proxy.close();
    }
  });

  it("says why a provider cannot be reached", async () => {
    own.close();
    await refuses(/ECONNREFUSED/);
  });

  it("takes only the discovery of its own issuer", async () => {
    own.answer(DISCOVERY, { body: JSON.stringify({ issuer: `${own.url}/` }) });
    await refuses(/it is of the issuer "http:\/\/127\.0\.0\.1:\d+\/"/, { jwksUrl: undefined });
  });

  for (const address of [
    undefined,
    "",
    7,
    "http://keys.example.com",
    "file:///etc/passwd",
    "https://a:b@c/",
  ]) {
    it(`takes no keys from ${address}`, async () => {
      discover(own.url, address);
      await refuses(/jwks_uri must be an https URL/, { jwksUrl: undefined });
    });
  }

  for (const [name, change] of Object.entries({
    "for encryption": { use: "enc" },
    "with an algorithm for encryption": { use: "enc", alg: "RSA-OAEP" },
    "for signing": { key_ops: ["sign"] },
    "with odd operations": { key_ops: null },
    "of another algorithm": { alg: "RS512" },
    "with an odd algorithm": { alg: ["RS256"] },
    "without a name": { kid: undefined },
    "with an odd name": { kid: 7 },
    "that is a secret": { kty: "oct", k: "c2VjcmV0", alg: "HS256" },
    "of another type": { kty: "EC" },
    "with an odd number": { n: 7 },
    "with a broken number": { n: "!" },
    "with half of its numbers": { e: undefined },
  })) {
    it(`leaves a key out ${name}`, async () => {
      own.jwks = { keys: [{ ...new Key("bad", "RS256").jwk, ...change }, own.key.jwk] };
      assert.deepEqual(await names(), ["RS256 first"]);
    });
  }

  it("leaves a short key out", async () => {
    own.jwks = { keys: [new Key("short", "RS256", { bits: 1024 }).jwk, own.key.jwk] };
    assert.deepEqual(await names(), ["RS256 first"]);
  });

  it("takes a key that does not tell its use", async () => {
    const { use: _, alg: __, ...jwk } = own.key.jwk;
    own.jwks = { keys: [jwk] };
    assert.deepEqual(await names(), ["RS256 first"]);
  });

  it("takes the first of two keys with one name", async () => {
    own.jwks = { keys: [own.key.jwk, new Key("first", "RS256").jwk] };
    const key = (await source().fetch()).get("RS256 first");
    assert.ok(key);
    assert.equal((await crypto.subtle.exportKey("jwk", key)).n, own.key.jwk.n);
  });
});
