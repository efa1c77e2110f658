import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { refresh, signUp } from "./accounts.ts";
import { assertProblem } from "./checks.ts";
import { runProgram } from "./process.ts";
import { type Service, startService, withService } from "./service.ts";
import { extendTokens, forgetSessionStarts, storedTokenHashes } from "./stored.ts";

describe("refresh tokens", { concurrency: true }, () => {
  let patient: Service;
  let strict: Service;

  before(async () => {
    patient = await startService();
    strict = await startService({ REFRESH_REUSE_GRACE_SECONDS: "0" });
  });
  after(() => Promise.all([patient.close(), strict.close()]));

  it("are refused when unknown", async () => {
    assertProblem(await refresh(patient, "unknown"), 401, "invalid_token");
    for (const token of ["", "x".repeat(513), null]) {
      const response = await refresh(patient, token as string);
      assert.ok("/refresh_token" in assertProblem(response, 422, "invalid_request"));
    }
  });

  it("work once, each has a successor", async () => {
    const { refreshToken } = await signUp(patient);
    const second = await refresh(patient, refreshToken);
    assert.equal(second.status, 200);
    assert.notEqual(second.body.refresh_token, refreshToken);
    assertProblem(await refresh(patient, refreshToken), 401, "invalid_token");
    assert.equal((await refresh(patient, second.body.refresh_token)).status, 200);
  });

  it("end their family when they are used again", async () => {
    const { refreshToken } = await signUp(strict);
    const second = await refresh(strict, refreshToken);
    assertProblem(await refresh(strict, refreshToken), 401, "invalid_token");
    assertProblem(await refresh(strict, second.body.refresh_token), 401, "invalid_token");
  });

  it("have one winner among parallel uses", async () => {
    const { refreshToken } = await signUp(patient);
    const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(() => refresh(patient, refreshToken)));
    const winners = answers.filter((answer) => answer.status === 200);
    assert.equal(winners.length, 1);
    assert.equal((await refresh(patient, winners[0]?.body.refresh_token)).status, 200);
  });

  it("are stored as hashes only", async () => {
    const { refreshToken } = await signUp(patient);
    const hashes = await storedTokenHashes(patient.settings.DATABASE_URL.reveal());
    assert.ok(hashes.includes(createHash("sha256").update(refreshToken).digest("hex")));
  });

  it("end with the session that began with the login", async () => {
    await withService({ SESSION_TTL_SECONDS: "2" }, async (service) => {
      const url = service.settings.DATABASE_URL.reveal();
      const first = (await signUp(service)).refreshToken;
      const second = (await refresh(service, first)).body.refresh_token;
      const older = (await signUp(service)).refreshToken;
      await sleep(2050);
      assertProblem(await refresh(service, second), 401, "invalid_token");
      // As stored before the start of a session was: it counts from the next refresh.
      await forgetSessionStarts(url);
      await extendTokens(url);
      const counted = await refresh(service, older);
      assert.equal(counted.status, 200);
      const renewed = await refresh(service, counted.body.refresh_token);
      assert.equal(renewed.status, 200);
      await sleep(2050);
      await extendTokens(url);
      assertProblem(await refresh(service, renewed.body.refresh_token), 401, "invalid_token");
    });
  });

  it("expire, and are purged by a command", async () => {
    await withService({ REFRESH_TOKEN_TTL_SECONDS: "1" }, async (service) => {
      const { refreshToken } = await signUp(service);
      await sleep(1050);
      assertProblem(await refresh(service, refreshToken), 401, "invalid_token");
      const variables = { DATABASE_URL: service.settings.DATABASE_URL.reveal() };
      const { code, stdout } = await runProgram("commands/purge-tokens.ts", { variables });
      assert.deepEqual([code, stdout], [0, "1 expired refresh tokens removed.\n"]);
      assertProblem(await refresh(service, refreshToken), 401, "invalid_token");
    });
  });
});
