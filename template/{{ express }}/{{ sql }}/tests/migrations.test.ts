import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, parse } from "node:path";
import { describe, it } from "node:test";
import { migrateDown, migrateToLatest } from "../src/migrator.ts";
import { emptyDatabase, execute } from "./database.ts";
import { newCaller } from "./identity.ts";
import { runProgram } from "./process.ts";
import { withService } from "./service.ts";

const ALL = (await readdir("src/migrations")).map((file) => parse(file).name).sort();

describe("migrations", { concurrency: true }, () => {
  it("go up, down and up again", async () => {
    const url = await emptyDatabase();
    assert.deepEqual(await migrateToLatest(url), ALL);
    for (const name of ALL.toReversed()) assert.deepEqual(await migrateDown(url), [name]);
    assert.deepEqual(await migrateDown(url), []);
    assert.deepEqual(await migrateToLatest(url), ALL);
    assert.deepEqual(await migrateToLatest(url), []);
    await withService({ DATABASE_URL: url }, async ({ request }) => {
      const { headers } = await newCaller();
      const created = await request.post("/api/v1/items").set(headers).send({ title: "Milk" });
      assert.equal(created.status, 201);
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

  it("that are missing here are named", async () => {
    const url = await emptyDatabase();
    await migrateToLatest(url);
    await execute(
      url,
      `insert into kysely_migration values ('20270101_prices', '2027-01-01T00:00:00.000Z')`,
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
