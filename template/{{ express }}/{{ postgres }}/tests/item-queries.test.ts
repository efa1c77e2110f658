import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, describe, it } from "node:test";
import { signUp } from "./accounts.ts";
import { execute, freshDatabase } from "./database.ts";
import { withService } from "./service.ts";

const OWNER = randomUUID();

describe("the list of items", () => {
  let url: string;

  before(async () => {
    url = await freshDatabase();
    await execute(
      url,
      `insert into items (id, owner_id, title, created_at, updated_at)
       select gen_random_uuid(), case when n % 10 = 0 then '${OWNER}' else n::text end, 'x',
              now() - n * interval '1 second', now()
       from generate_series(1, 5000) n`,
    );
    await execute(url, "analyze items");
  });

  for (const [name, where] of Object.entries({
    "the first page": "",
    "a page far behind":
      "and (created_at, id) < (now() - interval '1 hour', '019fc0de-0000-7000-8000-0123456789ab')",
  })) {
    it(`is read from the index in its order: ${name}`, async () => {
      const { rows } = await execute(
        url,
        `explain select * from items where owner_id = '${OWNER}' ${where}
         order by created_at desc, id desc limit 21`,
      );
      const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
      assert.match(plan, /Index Scan Backward using ix_items_owner_id_created_at_id/);
      assert.doesNotMatch(plan, /Sort|Seq Scan/);
    });
  }

  it("misses no row, however close in time they are", async () => {
    await withService({ DATABASE_URL: url }, async (service) => {
      const { id, headers } = await signUp(service);
      await execute(
        url,
        `insert into items (id, owner_id, title, created_at, updated_at)
         select gen_random_uuid(), '${id}', n, now() + n * interval '1 microsecond', now()
         from generate_series(1, 7) n`,
      );
      const titles = new Set<string>();
      let query: object | null = { limit: 2 };
      while (query) {
        const { body }: { body: { items: { title: string }[]; next_cursor: string | null } } =
          await service.request.get("/api/v1/items").query(query).set(headers);
        for (const { title } of body.items) titles.add(title);
        query = body.next_cursor ? { limit: 2, cursor: body.next_cursor } : null;
      }
      assert.equal(titles.size, 7);
    });
  });
});
