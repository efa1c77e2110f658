import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { KeySource } from "../src/auth/key-source.ts";
import { COOLDOWN_MS, FRESH_MS, RETRY_MS, SigningKeys, USABLE_MS } from "../src/auth/keys.ts";
import { ALGORITHMS } from "../src/auth/provider.ts";
import { InvalidToken, Unavailable } from "../src/problems.ts";
import { assertProblem, eventually } from "./checks.ts";
import { claims } from "./identity.ts";
import { Issuer, KEYS } from "./issuer.ts";
import { withService } from "./service.ts";

const ALGORITHM = "RS256";
const ITEMS = "/api/v1/items";

describe("the keys of the identity provider", () => {
  let own: Issuer;
  let keys: SigningKeys;
  let time: number;

  beforeEach(async () => {
    own = await Issuer.start(ALGORITHM);
    time = 1_000_000;
    const source = new KeySource({
      issuer: own.url,
      jwksUrl: own.jwksUrl,
      algorithms: [ALGORITHM],
      production: false,
    });
    keys = new SigningKeys(source, () => time);
  });
  afterEach(() => own.close());

  /** Looks a key up, by default the provider's present one. */
  const find = (kid = own.key.kid) => keys.find(kid, ALGORITHM);
  const reached = (count: number) => eventually(() => own.asked.length >= count);

  it("are fetched once for all who wait", async () => {
    own.sleep();
    const waiting = Array.from({ length: 20 }, () => find());
    await reached(1);
    time += RETRY_MS;
    waiting.push(...Array.from({ length: 20 }, () => find()));
    own.wake();
    assert.equal(new Set(await Promise.all(waiting)).size, 1);
    await find();
    assert.deepEqual(own.asked, [KEYS]);
  });

  it("are fresh for a while", async () => {
    await find();
    time += FRESH_MS - 1;
    await find();
    assert.equal(own.asked.length, 1);
    time += 1;
    await find();
    assert.equal(own.asked.length, 2);
  });

  it("that are withdrawn end with their freshness", async () => {
    const old = own.key.kid;
    await find();
    own.rotate();
    await find(old);
    time += FRESH_MS;
    await assert.rejects(find(old), InvalidToken);
  });

  it("that are new are found at once", async () => {
    await find();
    own.rotate();
    await find();
    assert.equal(own.asked.length, 2);
  });

  it("that are made up cost one fetch", async () => {
    await find();
    const flood = Array.from({ length: 50 }, (_, number) => find(`no-${number}`));
    await Promise.all(flood.map((looked) => assert.rejects(looked, InvalidToken)));
    assert.equal(own.asked.length, 2);
    own.rotate();
    time += COOLDOWN_MS - 1;
    await assert.rejects(find(), InvalidToken);
    time += 1;
    await find();
    assert.equal(own.asked.length, 3);
  });

  it("that are known do not wait behind unknown ones", async () => {
    await find();
    own.sleep();
    const unknown = assert.rejects(find("unknown"), InvalidToken);
    await reached(2);
    await find();
    own.wake();
    await unknown;
  });

  it("outlive their provider", async () => {
    await find();
    own.breakDown();
    for (let count = 0; count < 3; count += 1) {
      time += FRESH_MS;
      await find();
    }
    assert.ok(own.asked.length > 1);
    time += USABLE_MS;
    await assert.rejects(find(), Unavailable);
    own.recover();
    time += RETRY_MS;
    await find();
  });

  it("make nobody wait again for a provider that is down", async () => {
    await find();
    own.breakDown();
    time += FRESH_MS;
    await find();
    own.sleep();
    time += COOLDOWN_MS;
    await find();
    await reached(3);
  });

  it("that nobody knows are no verdict of a broken provider", async () => {
    await find();
    own.breakDown();
    await assert.rejects(find("unknown"), Unavailable);
    await assert.rejects(find("unknown"), Unavailable);
    assert.equal(own.asked.length, 2);
  });

  it("are looked for again soon when there is none", async () => {
    own.breakDown();
    for (let count = 0; count < 3; count += 1) await assert.rejects(find(), Unavailable);
    assert.equal(own.asked.length, 1);
    own.recover();
    time += RETRY_MS;
    await find();
  });
});

describe("a provider that cannot be reached", () => {
  let own: Issuer;
  let headers: Record<string, string>;

  before(async () => {
    own = await Issuer.start(String(ALGORITHMS[0]));
    headers = { Authorization: `Bearer ${own.key.sign(claims())}` };
  });
  after(() => own.close());

  it("holds up nobody else while it hangs", async () => {
    await withService({ OIDC_JWKS_URL: own.jwksUrl }, async ({ request }) => {
      own.sleep();
      let answered = false;
      const waiting = request
        .get(ITEMS)
        .set(headers)
        .then(() => {
          answered = true;
        });
      await eventually(() => own.asked.length > 0);
      for (const [path, status] of [
        ["/health/live", 200],
        ["/health/ready", 200],
        [ITEMS, 401],
      ] as const) {
        assert.equal((await request.get(path)).status, status);
      }
      assert.equal(answered, false);
      own.wake();
      await waiting;
    });
  });

  it("is none of the client's fault", async () => {
    const down = await Issuer.start(String(ALGORITHMS[0]));
    down.close();
    await withService({ OIDC_JWKS_URL: down.jwksUrl }, async ({ request }) => {
      const response = await request.get(ITEMS).set(headers);
      assertProblem(response, 503, "unavailable");
      assert.ok(Number(response.headers["retry-after"]) >= 1);
      assert.equal((await request.get("/health/live")).status, 200);
    });
  });
});
