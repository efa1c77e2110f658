import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, parse } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { forMigrations } from "../src/database.ts";
import { migrateToLatest, putCollection } from "../src/migrator.ts";
import { emptyDatabase, withDatabase } from "./database.ts";
import { newCaller } from "./identity.ts";
import { runProgram } from "./process.ts";
import { withService } from "./service.ts";

const ALL = (await readdir("src/migrations")).map((file) => parse(file).name).sort();

interface Named {
  _id: string;
  [field: string]: unknown;
}

describe("migrations", { concurrency: true }, () => {
  it("are applied once", async () => {
    const url = await emptyDatabase();
    assert.deepEqual(await migrateToLatest(url), ALL);
    assert.deepEqual(await migrateToLatest(url), []);
    await withService({ DATABASE_URL: url }, async (service) => {
      const { headers } = await newCaller();
      const response = await service.request
        .post("/api/v1/items")
        .set(headers)
        .send({ title: "Tea" });
      assert.equal(response.status, 201);
    });
  });

  it("are applied once by three processes", async () => {
    const variables = { DATABASE_URL: await emptyDatabase() };
    const runs = await Promise.all(
      [1, 2, 3].map(() => runProgram("commands/migrate.ts", { variables })),
    );
    for (const { code, stderr } of runs) assert.equal(code, 0, stderr);
    const applied = runs.flatMap(({ stdout }) => stdout.match(/applied \w+/g) ?? []);
    assert.deepEqual(
      applied,
      ALL.map((name) => `applied ${name}`),
    );
  });

  it("change nothing when they run again after an interruption", async () => {
    const url = await emptyDatabase();
    await migrateToLatest(url);
    await withDatabase(url, async (db) => {
      const before = await db.listCollections().toArray();
      // As if each had been through, but for its record.
      await db.collection("migrations").deleteMany({});
      assert.deepEqual(await migrateToLatest(url), ALL);
      assert.deepEqual(await db.listCollections().toArray(), before);
    });
  });

  it("wait for another process, but not for a dead one", async () => {
    const url = await emptyDatabase();
    await withDatabase(url, async (db) => {
      const locks = db.collection<Named>("migration_locks");
      const lock = { _id: "migrate", owner: "another one" };
      await locks.insertOne({ ...lock, expires_at: new Date(Date.now() + 60_000) });
      const migrating = migrateToLatest(url);
      assert.equal(await Promise.race([migrating, sleep(700, "waiting")]), "waiting");
      const expired = { $set: { expires_at: new Date(Date.now() - 1000) } };
      await locks.updateOne({ _id: "migrate" }, expired);
      assert.deepEqual(await migrating, ALL);
      assert.equal(await locks.countDocuments(), 0);
    });
  });

  it("fail for a wrong schema, and leave the collection without", async () => {
    const url = await emptyDatabase();
    const options = { schema: { bsonType: "nonsense" }, indexes: [] };
    await forMigrations(url, (db) => assert.rejects(putCollection(db, "things", options)));
  });

  it("say in a sentence that the database cannot be reached", async () => {
    const variables = { DATABASE_URL: "mongodb://127.0.0.1:1/x?serverSelectionTimeoutMS=100" };
    const { code, stderr } = await runProgram("commands/migrate.ts", { variables });
    assert.equal(code, 69);
    assert.match(stderr, /^The database at 127\.0\.0\.1:1\/x cannot be reached: [^\n]+\n$/);
  });

  it("that are missing here are named", async () => {
    const url = await emptyDatabase();
    await migrateToLatest(url);
    await withDatabase(url, (db) =>
      db.collection<Named>("migrations").insertOne({ _id: "20270101_prices" }),
    );
    const variables = { DATABASE_URL: url };
    const { code, stderr } = await runProgram("commands/migrate.ts", { variables });
    assert.deepEqual(
      [code, stderr],
      [
        1,
        "The database has the migration 20270101_prices, which is missing here: it may be on another branch.\n",
      ],
    );
  });

  it("are written by a command", async () => {
    const folder = await mkdtemp(join(tmpdir(), "migration-"));
    await mkdir(join(folder, "src", "migrations"), { recursive: true });
    const args = ["Add", "price to items"];
    const { code, stdout } = await runProgram("commands/migration.ts", { args, folder });
    assert.equal(code, 0);
    const file = /Fill in (src\/migrations\/\d{14}_add_price_to_items\.ts)/.exec(stdout)?.[1];
    assert.match(await readFile(join(folder, file ?? stdout), "utf8"), /function up/);
    const long = await runProgram("commands/migration.ts", { args: ["x".repeat(300)], folder });
    assert.equal(long.code, 0, long.stderr);
    await rm(folder, { recursive: true });
    assert.equal((await runProgram("commands/migration.ts")).code, 2);
  });
});
