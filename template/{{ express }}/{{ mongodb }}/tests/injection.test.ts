/** Whatever a client sends is a value: no operator of the query language gets into a filter. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Database } from "../src/database.ts";
import { itemSchema } from "../src/items/models.ts";
import { assertProblem } from "./checks.ts";
import { type Caller, newCaller } from "./identity.ts";
import { type Service, startService } from "./service.ts";

const ITEMS = "/api/v1/items";
const OPERATORS = [{ $gt: "" }, { $ne: null }, { $where: "sleep(1000)" }, [{ $gt: "" }]];
const TEXTS = ["$where", '{"$gt": ""}', "$title", "title.$[]", "$$ROOT"];

describe("operators of the query language", () => {
  let service: Service;
  let caller: Caller;

  before(async () => {
    service = await startService();
    caller = await newCaller();
  });
  after(() => service.close());

  for (const value of OPERATORS) {
    it(`are refused in a body: ${JSON.stringify(value)}`, async () => {
      for (const field of ["title", "description", "$set", "owner_id"]) {
        const body = { title: "Tea", [field]: value };
        const response = await service.request.post(ITEMS).set(caller.headers).send(body);
        assertProblem(response, 422, "invalid_request");
      }
    });
  }

  it("mean nothing in a query string", async () => {
    for (const query of ["limit[$gt]=1", "cursor[$ne]=x", "$where=sleep(1000)"]) {
      const response = await service.request.get(`${ITEMS}?${query}`).set(caller.headers);
      assert.equal(response.status, 200);
    }
  });

  for (const text of TEXTS) {
    it(`are plain text where text is: ${text}`, async () => {
      const path = `${ITEMS}/${encodeURIComponent(text)}`;
      assert.equal((await service.request.get(path).set(caller.headers)).status, 422);
      const body = { title: text, description: text };
      const { body: item } = await service.request.post(ITEMS).set(caller.headers).send(body);
      assert.deepEqual([item.title, item.description], [text, text]);
    });
  }

  it("are values in a filter, unless the code says that it means them", async () => {
    const database = new Database(service.settings.DATABASE_URL.reveal(), {
      poolSize: 1,
      timeoutSeconds: 5,
    });
    await database.read(async (connection) => {
      const items = connection.model("Item", itemSchema);
      for (const value of OPERATORS) {
        const filter = { title: value } as object;
        await assert.rejects(items.find(filter).lean(), { name: "CastError" });
      }
    });
    await database.close();
  });
});
