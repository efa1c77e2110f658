import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import SqliteFile from "better-sqlite3";
import { type Session, signUp } from "./accounts.ts";
import { assertProblem } from "./checks.ts";
import { freshDatabase, pathOf } from "./database.ts";
import { type Service, startService } from "./service.ts";

const ITEMS = "/api/v1/items";
const TIMEOUT_SECONDS = 0.5;
const LONGEST_MS = 2 * TIMEOUT_SECONDS * 1000 + 500;

describe("while another process writes", () => {
  let service: Service;
  let session: Session;
  let other: SqliteFile.Database;

  before(async () => {
    const url = await freshDatabase();
    service = await startService({
      DATABASE_URL: url,
      DATABASE_TIMEOUT_SECONDS: String(TIMEOUT_SECONDS),
    });
    session = await signUp(service);
    other = new SqliteFile(pathOf(url));
  });
  after(async () => {
    other.close();
    await service.close();
  });

  const create = () => service.request.post(ITEMS).set(session.headers).send({ title: "Milk" });
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
      for (const path of ["/health/ready", ITEMS, "/api/v1/users/me"]) {
        assert.equal((await service.request.get(path).set(session.headers)).status, 200);
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
    await locked(async () => {
      other.exec("update users set role = 'admin'");
      const { body } = await service.request.get("/api/v1/users/me").set(session.headers);
      assert.equal(body.role, "user");
    });
  });
});
