import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { assertProblem } from "./checks.ts";
import { type Caller, newCaller } from "./identity.ts";
import { type Service, startService } from "./service.ts";

const ITEMS = "/api/v1/items";

describe("pages of items", () => {
  let service: Service;
  let caller: Caller;

  before(async () => {
    service = await startService();
    caller = await newCaller();
  });
  after(() => service.close());

  const page = (query: object, { headers }: Caller = caller) =>
    service.request.get(ITEMS).query(query).set(headers);
  const fill = async (owner: Caller, count: number): Promise<string[]> => {
    const ids: string[] = [];
    for (let number = 0; number < count; number += 1) {
      const title = `item ${number}`;
      const { body } = await service.request.post(ITEMS).set(owner.headers).send({ title });
      ids.unshift(body.id);
    }
    return ids;
  };
  const walk = async (owner: Caller, limit: number): Promise<string[]> => {
    const ids: string[] = [];
    let query: object | null = { limit };
    while (query) {
      const { body }: { body: { items: { id: string }[]; next_cursor: string | null } } =
        await page(query, owner);
      assert.ok(body.items.length <= limit);
      ids.push(...body.items.map((item) => item.id));
      query = body.next_cursor ? { limit, cursor: body.next_cursor } : null;
    }
    return ids;
  };

  for (const limit of ["0", "101", "-1", "1.5", "x", "", " 1", "1e1", "١"]) {
    it(`refuses the limit "${limit}"`, async () => {
      assert.ok("limit" in assertProblem(await page({ limit }), 422, "invalid_request"));
    });
  }

  for (const cursor of ["", "x", "====", "\0", "é", "A".repeat(34), "A".repeat(7000)]) {
    it(`refuses the cursor "${cursor.slice(0, 40)}"`, async () => {
      assert.ok("cursor" in assertProblem(await page({ cursor }), 422, "invalid_request"));
    });
  }

  it("takes the last of two values", async () => {
    const response = await service.request.get(`${ITEMS}?limit=0&limit=5`).set(caller.headers);
    assert.equal(response.status, 200);
  });

  it("is empty without items", async () => {
    const { body } = await page({}, await newCaller());
    assert.deepEqual(body, { items: [], next_cursor: null });
  });

  for (const limit of [1, 3, 7]) {
    it(`finds every item once, newest first, ${limit} at a time`, async () => {
      const owner = await newCaller();
      const ids = await fill(owner, 7);
      assert.deepEqual(await walk(owner, limit), ids);
    });
  }

  it("is not disturbed by items that come and go", async () => {
    const owner = await newCaller();
    const ids = await fill(owner, 5);
    const first = await page({ limit: 2 }, owner);
    await fill(owner, 1);
    await service.request.delete(`${ITEMS}/${ids[1]}`).set(owner.headers);
    const rest = await page({ cursor: first.body.next_cursor }, owner);
    assert.deepEqual(
      rest.body.items.map((item: { id: string }) => item.id),
      ids.slice(2),
    );
  });

  it("holds only one's own items, whoever's cursor it is", async () => {
    const [owner, other] = [await newCaller(), await newCaller()];
    const ids = await fill(owner, 2);
    await fill(other, 3);
    const foreign = await page({ limit: 1 }, other);
    const { body } = await page({ cursor: foreign.body.next_cursor }, owner);
    for (const item of body.items) assert.ok(ids.includes(item.id));
  });
});
