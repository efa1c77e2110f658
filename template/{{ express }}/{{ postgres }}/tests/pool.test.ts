import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import pg from "pg";
import { checkUrl } from "../src/database.ts";
import { eventually } from "./checks.ts";
import { execute, freshDatabase } from "./database.ts";
import { type Caller, newCaller } from "./identity.ts";
import { assertUnavailable, TIMEOUT_SECONDS } from "./outage.ts";
import { type Service, startService, withService } from "./service.ts";

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

describe("a database URL", () => {
  it("is taken as hosting companies show it", async () => {
    const url = new URL(await freshDatabase());
    url.protocol = "postgres:";
    url.searchParams.set("channel_binding", "prefer");
    url.searchParams.set("sslmode", "disable");
    await withService({ DATABASE_URL: url.href }, async ({ request }) => {
      assert.equal((await request.get("/health/ready")).status, 200);
    });
  });

  it("is refused when it is another one", () => {
    for (const url of ["", "x", "http://db/orders", "postgresql", "sqlite:///x.db"]) {
      assert.throws(() => checkUrl(url), /must look like postgresql:/);
    }
  });
});
