import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Accounts } from "../src/auth/accounts.ts";
import { PasswordHasher } from "../src/auth/passwords.ts";
import { parseTask } from "../src/commands/user-task.ts";
import { Database } from "../src/database.ts";
import { Refusal } from "../src/refusal.ts";
import { freshEmail, PASSWORD, refresh, signIn, signUp } from "./accounts.ts";
import { assertProblem } from "./checks.ts";
import { runProgram } from "./process.ts";
import { type Service, startService } from "./service.ts";

const USERS = "/api/v1/users";

describe("users and the user command", { concurrency: true }, () => {
  let service: Service;
  let database: Database;
  let accounts: Accounts;

  before(async () => {
    service = await startService();
    database = new Database(service.settings.DATABASE_URL.reveal(), {
      poolSize: 1,
      timeoutSeconds: 5,
    });
    accounts = new Accounts(database, new PasswordHasher(), {
      refreshTtlSeconds: 60,
      sessionTtlSeconds: 60,
      reuseGraceSeconds: 0,
    });
  });
  after(async () => {
    await database.close();
    await service.close();
  });

  const user = async (args: string[], password = PASSWORD): Promise<string> => {
    const task = parseTask(args);
    assert.ok(task, args.join(" "));
    return task(accounts, async () => password);
  };

  it("shows all users to admins only", async () => {
    const { headers, email } = await signUp(service);
    assertProblem(await service.request.get(USERS), 401, "unauthenticated");
    assertProblem(await service.request.get(USERS).set(headers), 403, "forbidden");

    const address = freshEmail();
    const said = await user(["create", address, "--role", "admin"]);
    assert.equal(said, `${address} can sign in, role admin.`);
    const admin = await signIn(service, address);
    const emails: string[] = [];
    let query: object | null = { limit: 1 };
    while (query) {
      const { body }: { body: { items: { email: string }[]; next_cursor: string | null } } =
        await service.request.get(USERS).query(query).set(admin.headers);
      emails.push(...body.items.map((item) => item.email));
      query = body.next_cursor ? { limit: 1, cursor: body.next_cursor } : null;
    }
    assert.equal(emails[0], admin.email);
    assert.ok(emails.includes(email));
    assert.equal(new Set(emails).size, emails.length);
  });

  it("gives a role that counts from the next token on", async () => {
    const session = await signUp(service);
    await user(["role", session.email, "admin"]);
    assertProblem(await service.request.get(USERS).set(session.headers), 403, "forbidden");
    const { body } = await refresh(service, session.refreshToken);
    const headers = { Authorization: `Bearer ${body.access_token}` };
    assert.equal((await service.request.get(USERS).set(headers)).status, 200);
  });

  it("locks a disabled user out", async () => {
    const session = await signUp(service);
    await user(["disable", session.email]);
    const login = { email: session.email, password: PASSWORD };
    const refused = await service.request.post("/api/v1/auth/login").send(login);
    assertProblem(refused, 401, "invalid_credentials");
    assertProblem(await refresh(service, session.refreshToken), 401, "invalid_token");
    await user(["enable", session.email]);
    await signIn(service, session.email);
    assertProblem(await refresh(service, session.refreshToken), 401, "invalid_token");
  });

  it("keeps a disabled account from changing its password", async () => {
    const { email, headers } = await signUp(service);
    await user(["disable", email]);
    const response = await service.request
      .post("/api/v1/auth/password")
      .set(headers)
      .send({ current_password: PASSWORD, new_password: "another horse battery" });
    assertProblem(response, 401, "invalid_token");
    await user(["enable", email]);
    await signIn(service, email);
  });

  it("sets a password that ends every session", async () => {
    const session = await signUp(service);
    const said = await user(["password", session.email.toUpperCase()], "another horse battery");
    assert.equal(said, `${session.email}: done.`);
    assertProblem(await refresh(service, session.refreshToken), 401, "invalid_token");
    await signIn(service, session.email, "another horse battery");
  });

  it("says in a sentence what is wrong", async () => {
    const { email } = await signUp(service);
    const nobody = freshEmail();
    for (const [args, password, message] of [
      [["create", email], PASSWORD, `${email} has an account already.`],
      [["create", nobody], "short", "password: must have 12 to 128 characters"],
      [["create", "x"], PASSWORD, "email: must be an e-mail address such as ada@example.com"],
      [["disable", nobody], "", `${nobody} has no account.`],
      [["role", nobody, "user"], "", `${nobody} has no account.`],
      [["password", nobody], PASSWORD, `${nobody} has no account.`],
    ] as const) {
      await assert.rejects(user([...args], password), new Refusal(message));
    }
  });

  it("makes sense of its arguments, or does nothing", () => {
    for (const args of [
      [],
      ["create"],
      ["paint", "x@y.zz"],
      ["create", "x@y.zz", "admin"],
      ["create", "x@y.zz", "--role", "root"],
      ["create", "x@y.zz", "--password", "secret"],
      ["role", "x@y.zz"],
      ["role", "x@y.zz", "--role", "admin"],
      ["disable", "x@y.zz", "now"],
    ]) {
      assert.equal(parseTask(args), undefined, args.join(" "));
    }
  });

  it("reads the password from standard input", async () => {
    const email = freshEmail();
    const variables = { DATABASE_URL: service.settings.DATABASE_URL.reveal() };
    const command = { args: ["create", email], variables, input: `${PASSWORD}\nmore\n` };
    const first = await runProgram("commands/user.ts", command);
    assert.deepEqual([first.code, first.stderr], [0, ""]);
    await signIn(service, email);
    const second = await runProgram("commands/user.ts", command);
    assert.deepEqual([second.code, second.stderr], [1, `${email} has an account already.\n`]);
  });

  it("ends with a sentence when it cannot go on", async () => {
    const DATABASE_URL = unreachable(service.settings.DATABASE_URL.reveal());
    const [refused, misused] = await Promise.all([
      runProgram("commands/user.ts", {
        args: ["disable", "x@y.zz"],
        variables: { DATABASE_URL, LOG_LEVEL: "error" },
      }),
      runProgram("commands/user.ts"),
    ]);
    assert.equal(refused.code, 69);
    assert.match(refused.stderr, /^The database at \S+ cannot be reached: [^\n]+\n$/);
    assert.equal(misused.code, 2);
    assert.match(misused.stderr, /^Usage:/);
  });
});

function unreachable(url: string): string {
  return url.replace(/:\d+\//, ":1/").replace(/\.db$/, "/none.db");
}
