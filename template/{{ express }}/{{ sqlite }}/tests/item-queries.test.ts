import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { execute, freshDatabase } from "./database.ts";

describe("the list of items", () => {
  let url: string;

  before(async () => {
    url = await freshDatabase();
  });

  for (const [name, where] of Object.entries({
    "the first page": "",
    "a page far behind": "and (created_at, id) < ('2026-11-21T12:00:00.000Z', 'x')",
  })) {
    it(`is read from the index in its order: ${name}`, async () => {
      const { rows } = await execute(
        url,
        `explain query plan select * from items where owner_id = 'x' ${where}
         order by created_at desc, id desc limit 21`,
      );
      const plan = rows.map((row) => (row as { detail: string }).detail).join("\n");
      assert.match(plan, /USING INDEX ix_items_owner_id_created_at_id/);
      assert.doesNotMatch(plan, /TEMP B-TREE|SCAN items/);
    });
  }
});
