import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { v7 as newId } from "uuid";
import { Accounts } from "../src/auth/accounts.ts";
import { refreshFamilySchema, usedRefreshTokenSchema } from "../src/auth/models.ts";
import { PasswordHasher } from "../src/auth/passwords.ts";
import { RefreshTokenRepository } from "../src/auth/repository.ts";
import { Database } from "../src/database.ts";
import { type User, userSchema } from "../src/users/models.ts";
import { UserRepository } from "../src/users/repository.ts";
import { freshEmail } from "./accounts.ts";
import { freshDatabase, withDatabase } from "./database.ts";
import { explained, fieldsOf, indexesOf, recordedCommands } from "./queries.ts";

const LIFETIME = { startedAt: new Date(), expiresAt: new Date(Date.now() + 60_000) };

describe("queries on accounts", () => {
  let url: string;
  let database: Database;
  let accounts: Accounts;

  before(async () => {
    url = await freshDatabase();
    database = new Database(url, { poolSize: 5, timeoutSeconds: 5 });
    accounts = new Accounts(database, new PasswordHasher(), {
      refreshTtlSeconds: 60,
      sessionTtlSeconds: 60,
      reuseGraceSeconds: 10,
    });
  });
  after(() => database.close());

  const addUser = () =>
    database.write((session) =>
      new UserRepository(session).add({ email: freshEmail(), password_hash: "x", role: "user" }),
    );

  const startFamily = async (tokens: RefreshTokenRepository, user: User) => {
    const token = await tokens.startFamily(user, LIFETIME);
    const family = await tokens.getFamily(token);
    assert.ok(family);
    return { token, family };
  };

  it("find an address, a token and a page by their indexes", async () => {
    const { email } = await addUser();
    const cursor = { created_at: new Date(), id: "ffffffff" };
    const commands = await recordedCommands(url, async (session) => {
      await new UserRepository(session).getByEmail(email);
      await new RefreshTokenRepository(session).getFamily("unknown");
      await new UserRepository(session).list({ limit: 20, cursor });
    });
    const plans = await Promise.all(commands.map((command) => explained(url, command)));
    assert.deepEqual(plans.map(indexesOf), [
      ["email"],
      ["token_hash"],
      ["token_hash"],
      ["created_at_id"],
    ]);
  });

  it("find schemas in the database that have the fields of the models", async () => {
    for (const [name, { paths }] of Object.entries({
      users: userSchema,
      refresh_families: refreshFamilySchema,
      used_refresh_tokens: usedRefreshTokenSchema,
    })) {
      const optional = name === "refresh_families" ? ["family_started_at"] : [];
      assert.deepEqual(await fieldsOf(url, name, optional), Object.keys(paths).sort());
    }
  });

  for (const change of [{ email: "Ada@example.com" }, { role: "root" }, { role: null }]) {
    it(`cannot store ${JSON.stringify(change)}`, async () => {
      const { id } = await addUser();
      await withDatabase(url, (db) =>
        assert.rejects(
          db.collection<{ _id: string }>("users").updateOne({ _id: id }, { $set: change }),
          /failed validation/,
        ),
      );
    });
  }

  for (const name of ["refresh_families", "used_refresh_tokens"]) {
    it(`leave it to the server to remove what has expired: ${name}`, async () => {
      const indexes = await withDatabase(url, (db) => db.collection(name).indexes());
      const expiry = indexes.find((index) => index.name === "expires_at");
      assert.equal(expiry?.expireAfterSeconds, 0);
    });
  }

  it("count the grace from the use, not from a try that an outage ended", async () => {
    const user = await addUser();
    const token = await database.write(async (session) => {
      const tokens = new RefreshTokenRepository(session);
      const { token: first, family } = await startFamily(tokens, user);
      await session.model("UsedRefreshToken", usedRefreshTokenSchema).create({
        _id: newId(),
        token_hash: family.token_hash,
        family_id: family.id,
        used_at: new Date(Date.now() - 60_000),
        expires_at: family.expires_at,
      });
      return first;
    });
    const refreshed = await accounts.refresh(token);
    assert.ok(refreshed);
    assert.equal(await accounts.refresh(token), undefined, "the other tab");
    assert.ok(await accounts.refresh(refreshed.refresh_token));
  });

  it("void a refresh that is overtaken by the end of all tokens", async () => {
    const user = await addUser();
    const successor = await database.write(async (session) => {
      const tokens = new RefreshTokenRepository(session);
      const { token, family } = await startFamily(tokens, user);
      await accounts.setDisabled(user.email, true);
      const next = await tokens.rotate(family, token, LIFETIME);
      await accounts.setDisabled(user.email, false);
      return next;
    });
    assert.ok(successor, "the race that this is about");
    assert.equal(await accounts.refresh(successor), undefined);
  });

  it("void a login that is overtaken by a new password", async () => {
    const user = await addUser();
    await accounts.setPassword(user.email, "another horse battery");
    const token = await database.write((session) =>
      new RefreshTokenRepository(session).startFamily(user, LIFETIME),
    );
    assert.equal(await accounts.refresh(token), undefined);
  });

  it("leave no valid token after a sign-out beside a refresh", async () => {
    const user = await addUser();
    for (let round = 0; round < 5; round += 1) {
      const token = await database.write((session) =>
        new RefreshTokenRepository(session).startFamily(user, LIFETIME),
      );
      const [refreshed] = await Promise.all([accounts.refresh(token), accounts.logout(token)]);
      if (refreshed) assert.equal(await accounts.refresh(refreshed.refresh_token), undefined);
    }
  });
});
