import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { after, afterEach, before, describe, it } from "node:test";
import { sql } from "kysely";
import pg from "pg";
import { Database, type Session } from "../src/database.ts";
import { migrateToLatest } from "../src/migrator.ts";
import { DatabaseUnavailable } from "../src/outages.ts";
import { Unavailable } from "../src/problems.ts";
import { Refusal } from "../src/refusal.ts";
import { eventually } from "./checks.ts";
import { execute, freshDatabase } from "./database.ts";
import { type Caller, newCaller } from "./identity.ts";
import { assertUnavailable, TIMEOUT_SECONDS } from "./outage.ts";
import { type Service, startService } from "./service.ts";

const ITEMS = "/api/v1/items";

describe("an outage of the database", () => {
  let url: string;
  let service: Service;
  let caller: Caller;

  before(async () => {
    url = await freshDatabase();
    service = await startService({
      DATABASE_URL: url,
      DATABASE_POOL_SIZE: "2",
      DATABASE_TIMEOUT_SECONDS: String(TIMEOUT_SECONDS),
    });
    caller = await newCaller();
  });
  afterEach(() => eventually(async () => (await list()).status === 200));
  after(() => service.close());

  const list = () => service.request.get(ITEMS).set(caller.headers);
  const create = () => service.request.post(ITEMS).set(caller.headers).send({ title: "Milk" });

  it("is a statement that takes too long", async () => {
    const blocker = new pg.Client({ connectionString: url });
    await blocker.connect();
    await blocker.query("begin; lock table items");
    await assertUnavailable(create());
    await blocker.end();
  });

  it("is a pool without a free connection", async () => {
    const blocker = new pg.Client({ connectionString: url });
    await blocker.connect();
    await blocker.query("begin; lock table items");
    await Promise.all([1, 2, 3, 4, 5, 6].map(() => assertUnavailable(list())));
    await blocker.end();
  });

  it("does not outlive the connections that the server ends", async () => {
    await execute(
      url,
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    );
    await eventually(async () => (await create()).status === 201);
  });
});

describe("what is no outage", () => {
  const bugs: [string, (session: Session) => Promise<unknown>][] = [
    ["a file that is missing", () => readFile("/none")],
    [
      "a time-out of another service",
      () => Promise.reject(new DOMException("late", "TimeoutError")),
    ],
    ["another server that refuses", () => refusedConnection()],
    ["a value that the driver cannot send", (session) => sql`select ${{ n: 1n }}`.execute(session)],
    ["a mistake in a statement", (session) => sql`select nonsense`.execute(session)],
  ];

  for (const [name, bug] of bugs) {
    it(`is the fault of whoever wrote the code: ${name}`, async () => {
      const database = new Database(await freshDatabase(), { poolSize: 1, timeoutSeconds: 2 });
      await assert.rejects(database.read(bug), (error) => !(error instanceof Unavailable));
      await assert.rejects(database.write(bug), (error) => !(error instanceof Unavailable));
      await database.read((session) => sql`select 1`.execute(session));
      await database.close();
    });
  }
});

describe("a server that refuses", () => {
  it("is an outage with its reason, and so is readiness", async () => {
    const url = new URL(await freshDatabase());
    const name = url.pathname.slice(1);
    await execute(url.href, `create role "${name}" login password 'one'`);
    const role = new URL(url);
    role.username = name;
    role.password = "another";
    const missing = new URL(url);
    missing.pathname = "/none";
    for (const [refused, reason] of [
      [role.href, `password authentication failed for user "${name}"`],
      [missing.href, 'database "none" does not exist'],
      ["postgresql://nobody.invalid/x", /getaddrinfo (ENOTFOUND|EAI_AGAIN) nobody\.invalid/],
    ] as const) {
      const database = new Database(refused, { poolSize: 1, timeoutSeconds: 2 });
      await assert.rejects(
        database.read((session) => sql`select 1`.execute(session)),
        (error) => {
          assert.ok(error instanceof DatabaseUnavailable);
          if (reason instanceof RegExp) assert.match(error.reason, reason);
          // Not that the server has no TLS: the attempt without it came further.
          else assert.equal(error.reason, reason);
          return true;
        },
      );
      assert.equal(await database.ping(), false);
      await database.close();
    }
  });
});

describe("a busy pool", () => {
  it("leaves the database ready", async () => {
    const database = new Database(await freshDatabase(), { poolSize: 1, timeoutSeconds: 5 });
    await database.read(async (session) => {
      const busy = sql`select pg_sleep(1)`.execute(session);
      const started = performance.now();
      assert.equal(await database.ping(), true);
      assert.ok(performance.now() - started < 900);
      await busy;
    });
    await database.close();
  });
});

describe("the settings of an administrator", () => {
  it("do not change what comes back", async () => {
    const url = await freshDatabase();
    const name = new URL(url).pathname.slice(1);
    for (const setting of [
      "datestyle = 'SQL, DMY'",
      "timezone = 'America/New_York'",
      "bytea_output = 'escape'",
      "intervalstyle = 'iso_8601'",
      "extra_float_digits = -15",
      "standard_conforming_strings = off",
      "default_transaction_isolation = 'serializable'",
    ]) {
      await execute(url, `alter database "${name}" set ${setting}`);
    }
    const database = new Database(url, { poolSize: 1, timeoutSeconds: 5 });
    const { rows } = await database.write((session) =>
      sql`select timestamptz '2026-03-04 05:06:07.089Z' as time, '\\x41ff'::bytea as bytes,
                 interval '90 seconds' as span, 0.1::float8 + 0.2::float8 as number,
                 timestamptz '2026-03-04 00:30Z'::date::text as day,
                 current_setting('transaction_isolation') as isolation`.execute(session),
    );
    await database.close();
    assert.deepEqual(JSON.parse(JSON.stringify(rows[0])), {
      time: "2026-03-04T05:06:07.089Z",
      bytes: { type: "Buffer", data: [65, 255] },
      span: { minutes: 1, seconds: 30 },
      number: 0.1 + 0.2,
      day: "2026-03-04",
      isolation: "read committed",
    });
  });
});

describe("a database in another encoding", () => {
  it("is refused by its migrations", async () => {
    const url = new URL(await freshDatabase());
    const name = `${url.pathname.slice(1)}-latin1`;
    await execute(
      url.href,
      `create database "${name}" template template0 encoding latin1 locale_provider libc locale 'C'`,
    );
    url.pathname = `/${name}`;
    await assert.rejects(
      migrateToLatest(url.href),
      new Refusal("The encoding of the database is LATIN1: create it with UTF8."),
    );
  });
});

describe("upper and lower case", () => {
  it("are known of all letters, as in production", async () => {
    const { rows } = await execute(await freshDatabase(), "select 'É' ilike 'é' as equal");
    assert.deepEqual(rows, [{ equal: true }]);
  });
});

function refusedConnection(): Promise<never> {
  const socket = connect(1, "127.0.0.1");
  return new Promise((_, reject) => socket.once("error", reject));
}
