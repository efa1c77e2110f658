import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { describe, it } from "node:test";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { needsRehash, PasswordHasher } from "../src/auth/passwords.ts";
import { Unavailable } from "../src/problems.ts";
import { loadSettings } from "../src/settings.ts";
import { eventually } from "./checks.ts";

const PUBLISHED_KEY = "development-only-key-never-use-it-in-production";

describe("password hashes", () => {
  const hasher = new PasswordHasher();

  it("are argon2id with the parameters of OWASP", async () => {
    const hash = await hasher.hash("secret");
    assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    assert.equal(needsRehash(hash), false);
    assert.equal(needsRehash("$argon2id$v=19$m=8192,t=2,p=1$x"), true);
  });

  it("fit their password in either normal form", async () => {
    const hash = await hasher.hash("cafe\u0301");
    assert.equal(await hasher.verify(hash, "café"), true);
    assert.equal(await hasher.verify(hash, "cafe"), false);
    assert.equal(await hasher.verify("no hash", "café"), false);
    assert.equal(await hasher.verify(undefined, ""), false);
  });

  it("fit no endless password, which takes no longer than a wrong one", async () => {
    const hash = await hasher.hash("secret");
    const timeOf = async (password: string) => {
      const started = performance.now();
      assert.equal(await hasher.verify(hash, password), false);
      return performance.now() - started;
    };
    const endless = `a${"\u0301\u0316".repeat(40_000)}`;
    await eventually(async () => (await timeOf(endless)) < 2 * (await timeOf("wrong")));
  });

  it("are given up when their turn does not come in time", async () => {
    const busy = new PasswordHasher(0.001);
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => busy.hash("secret")));
    const refused = results.filter((result) => result.status === "rejected");
    assert.ok(refused.length > 0 && refused.length < 8);
    for (const { reason } of refused) assert.ok(reason instanceof Unavailable);
  });

  it("leave the event loop free", async () => {
    let over = false;
    const hashing = Promise.all([1, 2, 3, 4].map(() => hasher.hash("secret"))).then(() => {
      over = true;
    });
    let longest = 0;
    while (!over) {
      const started = performance.now();
      await sleep(1);
      longest = Math.max(longest, performance.now() - started);
    }
    await hashing;
    assert.ok(longest < 100, `${longest} ms`);
  });

  it("leave a thread for other work, however many are wanted", async () => {
    // On a busy machine the file may be late once for another reason.
    await eventually(async () => {
      let finished = 0;
      const hashing = Array.from({ length: 8 }, async () => {
        await hasher.hash("secret");
        finished += 1;
      });
      await setImmediate();
      // Node has four threads for hashes and files together: with more hashes at a time, this would
      // have to wait for one of them.
      await stat(".");
      const before = finished;
      await Promise.all(hashing);
      return before === 0;
    });
  });
});

describe("the signing key", () => {
  const problemOf = (AUTH_SECRET_KEY?: string) => {
    try {
      const { DATABASE_URL } = process.env;
      loadSettings({ APP_ENV: "production", DATABASE_URL, AUTH_SECRET_KEY });
      return undefined;
    } catch (error) {
      return (error as { problems: string[] }).problems.join();
    }
  };

  it("is strong in production", () => {
    const name = "AUTH_SECRET_KEY";
    assert.equal(problemOf(), `${name}: is required in production`);
    assert.equal(problemOf(""), `${name}: is required in production`);
    assert.equal(problemOf("x".repeat(31)), `${name}: must have at least 32 bytes in production`);
    assert.equal(
      problemOf(PUBLISHED_KEY),
      `${name}: must not be the published development key in production`,
    );
    assert.equal(problemOf("é".repeat(16)), undefined);
  });
});
