import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import SqliteFile from "better-sqlite3";
import { sql } from "kysely";
import { Database } from "../src/database.ts";
import { DatabaseUnavailable } from "../src/outages.ts";
import { assertProblem } from "./checks.ts";
import { freshDatabase, pathOf } from "./database.ts";
import { type Caller, newCaller } from "./identity.ts";
import { type Service, startService } from "./service.ts";

const ITEMS = "/api/v1/items";
const TIMEOUT_SECONDS = 0.5;
const LONGEST_MS = 2 * TIMEOUT_SECONDS * 1000 + 500;

describe("while another process writes", () => {
  let service: Service;
  let caller: Caller;
  let other: SqliteFile.Database;

  before(async () => {
    const url = await freshDatabase();
    service = await startService({
      DATABASE_URL: url,
      DATABASE_TIMEOUT_SECONDS: String(TIMEOUT_SECONDS),
    });
    caller = await newCaller();
    other = new SqliteFile(pathOf(url));
  });
  after(async () => {
    other.close();
    await service.close();
  });

  const create = () => service.request.post(ITEMS).set(caller.headers).send({ title: "Milk" });
  const locked = async (work: () => Promise<void>) => {
    other.exec("begin immediate");
    try {
      await work();
    } finally {
      if (other.inTransaction) other.exec("rollback");
    }
  };

  it("writes end with 503 in time, however many wait", async () => {
    await locked(async () => {
      const started = Date.now();
      for (const response of await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(create))) {
        assertProblem(response, 503, "unavailable");
        assert.equal(response.headers["retry-after"], "1");
      }
      assert.ok(Date.now() - started < LONGEST_MS, `${Date.now() - started} ms`);
    });
    assert.equal((await create()).status, 201);
  });

  it("nothing else waits", async () => {
    await locked(async () => {
      const writing = create().then(() => "written");
      const started = performance.now();
      for (const path of ["/health/ready", ITEMS]) {
        assert.equal((await service.request.get(path).set(caller.headers)).status, 200);
      }
      assert.ok(performance.now() - started < (TIMEOUT_SECONDS * 1000) / 2);
      assert.equal(await Promise.race([writing, "waiting"]), "waiting");
      await writing;
    });
  });

  it("a write waits for a lock that is soon released", async () => {
    await locked(async () => {
      const writing = create();
      setTimeout(() => other.exec("rollback"), 100);
      assert.equal((await writing).status, 201);
    });
  });

  it("reads see what was committed, not what is being written", async () => {
    const { body } = await create();
    await locked(async () => {
      other.exec("update items set title = 'Tea'");
      const read = await service.request.get(`${ITEMS}/${body.id}`).set(caller.headers);
      assert.equal(read.body.title, "Milk");
    });
  });
});

describe("a full disk", () => {
  it("is an outage that says so, and is over when there is room", async () => {
    const database = new Database(await freshDatabase(), { poolSize: 1, timeoutSeconds: 1 });
    const grow = (pages: number) =>
      database.write(async (session) => {
        // SQLite's own limit fails like the disk: https://www.sqlite.org/rescode.html#full
        await sql`pragma max_page_count = ${sql.lit(pages)}`.execute(session);
        await sql`create table if not exists large (content blob)`.execute(session);
        await sql`insert into large values (zeroblob(1000000))`.execute(session);
      });
    await assert.rejects(grow(1), (error) => {
      assert.ok(error instanceof DatabaseUnavailable);
      assert.equal(error.reason, "database or disk is full");
      return true;
    });
    assert.equal(await database.ping(), true);
    await grow(1_000_000);
    await database.close();
  });
});

describe("a file that is no database", () => {
  it("is an outage", async () => {
    const folder = mkdtempSync(join(tmpdir(), "outage-"));
    const path = join(folder, "notes.txt");
    writeFileSync(path, "Buy milk. ".repeat(1000));
    const database = new Database(`sqlite:///${path}`, { poolSize: 1, timeoutSeconds: 1 });
    try {
      await assert.rejects(
        database.read((session) => sql`select 1 from items`.execute(session)),
        (error) =>
          error instanceof DatabaseUnavailable && error.reason === "file is not a database",
      );
    } finally {
      await database.close();
      rmSync(folder, { recursive: true });
    }
  });
});
