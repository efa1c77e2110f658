import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it, mock } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { mongo } from "mongoose";
import { Database } from "../src/database.ts";
import { ItemRepository } from "../src/items/repository.ts";
import { DatabaseUnavailable } from "../src/outages.ts";
import { Unavailable } from "../src/problems.ts";
import { freshDatabase } from "./database.ts";

describe("what the server refuses", () => {
  let database: Database;

  before(async () => {
    database = new Database(await freshDatabase(), { poolSize: 1, timeoutSeconds: 1 });
  });
  after(() => database.close());

  for (const code of [6, 18, 50, 91, 112, 10107]) {
    it(`is an outage when it cannot work: ${code}`, async () => {
      const refused = new mongo.MongoServerError({ message: "as the server says it", code });
      await assert.rejects(
        database.write(() => Promise.reject(refused)),
        Unavailable,
      );
      assert.equal(await database.ping(), true);
    });
  }

  it("is an outage when the driver writes to a connection that the server has ended", async () => {
    // As `net.Socket` says it: unlike other errors of sockets, without a `syscall`.
    const ended = Object.assign(new Error("This socket has been ended by the other party"), {
      code: "EPIPE",
    });
    const { prototype } = mongo.Collection;
    const find = mock.method(prototype, "findOne", () => Promise.reject(ended));
    const found = database.read((session) => new ItemRepository(session, "x").get("y"));
    await assert.rejects(found, DatabaseUnavailable);
    find.mock.restore();
  });

  for (const [name, bug] of Object.entries({
    "a file that is missing": () => readFile("/none"),
    "a connection of its own that ends": () =>
      Promise.reject(Object.assign(new Error("ended"), { code: "ECONNRESET", syscall: "read" })),
    "a time-out of its own": () => Promise.reject(new DOMException("late", "TimeoutError")),
  })) {
    it(`is no outage when a handler has a bug: ${name}`, async () => {
      await assert.rejects(database.write(bug), (error) => !(error instanceof Unavailable));
    });
  }

  it("is an outage when it keeps us from connecting", async () => {
    const nowhere = new Database("mongodb+srv://nobody.invalid/x", {
      poolSize: 1,
      timeoutSeconds: 1,
    });
    await assert.rejects(
      nowhere.read(async () => undefined),
      DatabaseUnavailable,
    );
    assert.equal(await nowhere.ping(), false);
    await nowhere.close();
  });

  it("leaves the database ready when all connections are busy", async () => {
    const work = Promise.withResolvers<void>();
    const busy = database.read(() => work.promise);
    assert.equal(await database.ping(), true);
    work.resolve();
    await busy;
  });

  it("is an outage when no answer comes at all, and the next one gets a new pool", async () => {
    const clients: unknown[] = [];
    const never = database.read((session) => {
      clients.push(session.getClient());
      return new Promise<never>(() => undefined);
    });
    await assert.rejects(never, Unavailable);
    await database.read(async (session) => clients.push(session.getClient()));
    assert.notEqual(clients[0], clients[1]);
    assert.equal(await database.ping(), true);
  });

  it("lets what runs beside an operation without an answer come to its end", async () => {
    const never = database.read(() => new Promise<never>(() => undefined));
    await sleep(1000);
    await database.read(async (session) => {
      await assert.rejects(never, Unavailable);
      await sleep(200);
      await session.getClient().db().command({ ping: 1 });
    });
  });

  it("is our own fault when it does not understand us", async () => {
    const nonsense = database.read((session) => session.getClient().db().command({ nonsense: 1 }));
    await assert.rejects(nonsense, mongo.MongoServerError);
  });
});
