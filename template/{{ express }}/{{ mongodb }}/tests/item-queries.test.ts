import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, describe, it } from "node:test";
import type { mongo } from "mongoose";
import { v7 as newId } from "uuid";
import { Database } from "../src/database.ts";
import { itemSchema } from "../src/items/models.ts";
import { ItemRepository } from "../src/items/repository.ts";
import { freshDatabase, withDatabase } from "./database.ts";
import { newCaller } from "./identity.ts";
import { explained, fieldsOf, indexesOf, recordedCommands } from "./queries.ts";
import { withService } from "./service.ts";

const START = Date.UTC(2026, 0, 1);

describe("queries on items", () => {
  let url: string;
  let owner: string;

  before(async () => {
    url = await freshDatabase();
    owner = randomUUID();
    await addItems(owner, 300);
    await addItems("somebody else", 300);
  });

  const addItems = (owner_id: string, count: number, stepMs = 1000) =>
    withDatabase(url, async (db) => {
      const items = Array.from({ length: count }, (_, number) => {
        const time = new Date(START + number * stepMs);
        return {
          _id: newId(),
          owner_id,
          title: `item ${number}`,
          description: null,
          created_at: time,
          updated_at: time,
        };
      });
      await db.collection<{ _id: string }>("items").insertMany(items);
    });

  const recorded = (work: (items: ItemRepository) => Promise<unknown>): Promise<mongo.Document[]> =>
    recordedCommands(url, (session) => work(new ItemRepository(session, owner)));

  it("read a page by its index, and nothing before the cursor", async () => {
    const commands = await recorded(async (items) => {
      for (const number of [0, 99, 199]) {
        const created_at = new Date(START + (300 - number) * 1000);
        const cursor = number ? { created_at, id: "ffffffff" } : undefined;
        await items.list({ limit: 100, cursor });
      }
    });
    assert.equal(commands.length, 3);
    for (const [number, command] of commands.entries()) {
      const plan = await explained(url, command);
      assert.deepEqual(indexesOf(plan), ["owner_id_created_at_id"]);
      assert.ok(plan.executionStats.totalDocsExamined <= 302 - 99 * number);
    }
  });

  it("send one command for each request, with the time that a search may take", async () => {
    const commands = await recorded(async (items) => {
      await items.list({ limit: 100, cursor: undefined });
      const { id } = await items.add({ title: "Tea", description: null });
      await items.get(id);
      await items.update(id, { title: "Coffee" });
      await items.delete(id);
    });
    assert.deepEqual(
      commands.map((command) => Object.keys(command)[0]),
      ["find", "insert", "find", "findAndModify", "delete"],
    );
    for (const command of commands.filter(({ insert }) => !insert)) {
      assert.equal(command.maxTimeMS, 5000);
    }
  });

  it("order equal times by id, and meet every item once", async () => {
    await withService({ DATABASE_URL: url }, async (service) => {
      const { id, headers } = await newCaller();
      await addItems(id, 10, 0.4);
      const met: string[] = [];
      let query: object | null = { limit: 3 };
      while (query) {
        const {
          body,
        }: { body: { items: { created_at: string; id: string }[]; next_cursor: string | null } } =
          await service.request.get("/api/v1/items").query(query).set(headers);
        met.push(...body.items.map((item) => `${item.created_at} ${item.id}`));
        query = body.next_cursor ? { limit: 3, cursor: body.next_cursor } : null;
      }
      assert.equal(met.length, 10);
      assert.deepEqual(met, met.toSorted().toReversed());
    });
  });

  it("fail when they name what the schema does not know", async () => {
    const database = new Database(url, { poolSize: 1, timeoutSeconds: 5 });
    await database.read(async (session) => {
      const items = session.model("Item", itemSchema);
      await assert.rejects(items.find({ price: 1 } as object).lean(), /price/);
      await assert.rejects(items.updateOne({}, { $set: { price: 1 } }), /price/);
    });
    await database.close();
  });

  it("find a schema in the database that has the fields of the model", async () => {
    assert.deepEqual(await fieldsOf(url, "items"), Object.keys(itemSchema.paths).sort());
  });

  for (const change of [{ title: "" }, { title: { $gt: "" } }, { owner_id: null }]) {
    it(`cannot store ${JSON.stringify(change)}`, async () => {
      await withDatabase(url, (db) =>
        assert.rejects(
          db.collection("items").updateOne({}, { $set: change as object }),
          /failed validation/,
        ),
      );
    });
  }
});
