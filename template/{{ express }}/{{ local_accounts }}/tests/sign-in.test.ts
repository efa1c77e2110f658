import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { freshEmail, PASSWORD, refresh, signIn, signUp } from "./accounts.ts";
import { assertProblem } from "./checks.ts";
import { type Service, startService, withService } from "./service.ts";
import { replaceHash, storedHash } from "./stored.ts";

const AUTH = "/api/v1/auth";
const OLD_HASH = "$argon2id$v=19$m=8192,t=1,p=1$"; // argon2id of PASSWORD with m=8192, t=1

describe("signing in", () => {
  let service: Service;

  before(async () => {
    service = await startService();
  });
  after(() => service.close());

  const post = (route: string, body: object) => service.request.post(`${AUTH}/${route}`).send(body);
  const refusalOf = async (route: string, body: object) =>
    assertProblem(await post(route, body), 422, "invalid_request");

  it("requires an e-mail address and a password", async () => {
    for (const route of ["register", "login"]) {
      assert.deepEqual(await refusalOf(route, {}), {
        "/email": "is required",
        "/password": "is required",
      });
    }
  });

  for (const email of ["", "x", "a@localhost", '"a"@b.co', "ä@b.co", "a@b.co\n", "a@b@c.de"]) {
    it(`takes no ${JSON.stringify(email)} for an address`, async () => {
      assert.deepEqual(await refusalOf("register", { email, password: PASSWORD }), {
        "/email": "must be an e-mail address such as ada@example.com",
      });
    });
  }

  it("counts the password's code points in NFC", async () => {
    for (const password of ["x".repeat(11), "x".repeat(129), "e\u0301".repeat(11)]) {
      assert.deepEqual(await refusalOf("register", { email: freshEmail(), password }), {
        "/password": "must have 12 to 128 characters",
      });
    }
    // Whose normal form would take seconds.
    const endless = `a${"\u0301\u0316".repeat(40_000)}`;
    assert.deepEqual(await refusalOf("register", { email: freshEmail(), password: endless }), {
      "/password": "must have 12 to 128 characters",
    });
    const started = performance.now();
    const response = await post("login", { email: freshEmail(), password: endless });
    assertProblem(response, 401, "invalid_credentials");
    assert.ok(performance.now() - started < 3000);

    const email = freshEmail();
    await post("register", { email, password: "e\u0301".repeat(128) });
    const answer = await post("login", { email, password: "é".repeat(128) });
    assert.equal(answer.status, 200);
  });

  it("refuses characters that no database holds", async () => {
    for (const [character, complaint] of [
      ["\0", "must not contain the character U+0000"],
      ["\ud800", "must not contain lone surrogates"],
    ]) {
      const body = { email: freshEmail(), password: `${PASSWORD}${character}` };
      for (const route of ["register", "login"]) {
        assert.deepEqual(await refusalOf(route, body), { "/password": complaint });
      }
    }
  });

  it("has one account for an address, whatever its case", async () => {
    const email = freshEmail();
    const registered = await post("register", { email: email.toUpperCase(), password: PASSWORD });
    const { id, created_at, ...user } = registered.body;
    assert.deepEqual(user, { email, role: "user" });
    assert.ok(id && created_at);
    assertProblem(await post("register", { email, password: PASSWORD }), 409, "email_taken");
    await signIn(service, email.toUpperCase());
  });

  it("makes one account of two requests at once", async () => {
    const body = { email: freshEmail(), password: PASSWORD };
    const answers = await Promise.all([post("register", body), post("register", body)]);
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [201, 409]);
  });

  it("lets nobody choose a role", async () => {
    const body = { email: freshEmail(), password: PASSWORD, role: "admin" };
    assert.deepEqual(await refusalOf("register", body), { "/role": "is not a known field" });
  });

  it("tells an unknown address from a wrong password in no way", async () => {
    const { email } = await signUp(service);
    const [wrong, unknown] = [
      await post("login", { email, password: "wrong" }),
      await post("login", { email: freshEmail(), password: "wrong" }),
    ];
    for (const response of [wrong, unknown]) {
      assertProblem(response, 401, "invalid_credentials");
      assert.equal(response.headers["www-authenticate"], "Bearer");
    }
    assert.equal(wrong.body.detail, unknown.body.detail);
  });

  it("gives a token pair", async () => {
    const { email } = await signUp(service);
    const { body } = await post("login", { email, password: PASSWORD });
    const { access_token, refresh_token, ...rest } = body;
    assert.deepEqual(rest, { token_type: "Bearer", expires_in: 900 });
    assert.equal(Buffer.from(refresh_token, "base64url").length, 32);
    const headers = { Authorization: `bEaReR ${access_token}` };
    assert.equal((await service.request.get("/api/v1/users/me").set(headers)).body.email, email);
  });

  it("hashes a password again when the parameters have changed", async () => {
    const { email } = await signUp(service);
    const url = service.settings.DATABASE_URL.reveal();
    const { hash } = await import("@node-rs/argon2");
    const old = await hash(PASSWORD, { memoryCost: 8192, timeCost: 1, parallelism: 1 });
    assert.ok(old.startsWith(OLD_HASH));
    await replaceHash(url, email, old);
    await signIn(service, email);
    assert.match(await storedHash(url, email), /\$m=19456,t=2,p=1\$/);
    await signIn(service, email);
  });

  it("ends a whole family at sign-out, and no other", async () => {
    const session = await signUp(service);
    const other = await signIn(service, session.email);
    const { body } = await refresh(service, session.refreshToken);
    for (const token of [session.refreshToken, "unknown"]) {
      assert.equal((await post("logout", { refresh_token: token })).status, 204);
    }
    assertProblem(await refresh(service, body.refresh_token), 401, "invalid_token");
    assert.equal((await refresh(service, other.refreshToken)).status, 200);
  });

  it("lets one of two parallel changes of a password win", async () => {
    const { email, headers } = await signUp(service);
    const passwords = ["another horse battery", "a third horse battery"];
    const answers = await Promise.all(
      passwords.map((new_password) =>
        post("password", { current_password: PASSWORD, new_password }).set(headers),
      ),
    );
    const lost = answers.find(({ status }) => status !== 204);
    assert.ok(lost, "both won");
    assert.deepEqual(assertProblem(lost, 422, "invalid_request"), {
      "/current_password": "is wrong",
    });
    const winner = passwords[answers.findIndex(({ status }) => status === 204)];
    await signIn(service, email, winner);
  });

  it("changes a password and ends every session", async () => {
    const session = await signUp(service);
    const other = await signIn(service, session.email);
    const change = (current_password: string, new_password: string) =>
      service.request
        .post(`${AUTH}/password`)
        .set(session.headers)
        .send({ current_password, new_password });

    const wrong = await change("wrong", "another horse battery");
    assert.deepEqual(assertProblem(wrong, 422, "invalid_request"), {
      "/current_password": "is wrong",
    });
    assert.equal((await change(PASSWORD, "another horse battery")).status, 204);
    for (const token of [session.refreshToken, other.refreshToken]) {
      assertProblem(await refresh(service, token), 401, "invalid_token");
    }
    await signIn(service, session.email, "another horse battery");
  });
});

describe("the limit of sign-ins", () => {
  it("counts the routes that take a password", async () => {
    await withService({ RATE_LIMIT_AUTH: "2/minute" }, async ({ request }) => {
      for (const route of ["login", "register"]) {
        assert.equal((await request.post(`${AUTH}/${route}`).send({})).status, 422);
      }
      const third = await request.post(`${AUTH}/password`).send({});
      assertProblem(third, 429, "rate_limited");
      assert.equal((await request.post(`${AUTH}/refresh`).send({})).status, 422);
    });
  });
});
