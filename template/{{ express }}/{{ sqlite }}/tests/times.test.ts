import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseTime } from "../src/times.ts";
import { execute, freshDatabase } from "./database.ts";

const insert = (time: string) =>
  `insert into items (id, owner_id, title, created_at, updated_at)
   values (hex(randomblob(8)), 'x', 'x', ${time}, '2026-11-27T20:51:03.000Z')`;

describe("the columns of times", () => {
  for (const time of [
    "CURRENT_TIMESTAMP",
    "datetime('now', '-1 hour')",
    "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')",
    "'2026-02-30T00:00:00.000Z'",
    "'2026-11-27T20:51:03.000+00:00'",
    "'tomorrow'",
    "'now'",
  ]) {
    it(`hold no other text: ${time}`, async () => {
      const url = await freshDatabase();
      await assert.rejects(execute(url, insert(time)), /constraint|non-deterministic/);
    });
  }

  it("hold every time", async () => {
    const url = await freshDatabase();
    for (const time of ["1970-01-01T00:00:00.000Z", "2024-02-29T23:59:59.999Z"]) {
      await execute(url, insert(`'${time}'`));
    }
    await execute(url, insert("strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"));
    // Each of the milliseconds of a second.
    await execute(
      url,
      `with recursive n(i) as (select 0 union all select i + 1 from n where i < 999)
       insert into items (id, owner_id, title, created_at, updated_at)
       select i, 'x', 'x', t, t from (select i, printf('2026-11-27T20:51:59.%03dZ', i) t from n)`,
    );
  });
});

describe("the text of a time", () => {
  for (const [text, expected] of [
    ["2026-11-27T20:51:03.004Z", "2026-11-27T20:51:03.004Z"],
    ["2026-11-27 20:51:03", "2026-11-27T20:51:03.000Z"],
    ["2026-11-27T20:51:03Z", "2026-11-27T20:51:03.000Z"],
    ["2026-11-27 20:51", "2026-11-27T20:51:00.000Z"],
    ["2026-11-27 20:51:03.123456+01:00", "2026-11-27T19:51:03.123Z"],
    ["2026-11-27", "2026-11-27T00:00:00.000Z"],
  ] as const) {
    it(`is read as UTC wherever the service runs: ${text}`, () => {
      assert.equal(parseTime(text)?.toISOString(), expected);
    });
  }

  for (const text of ["Berlin", "Berlin 1", "2026-13-01T00:00:00Z", "", "12:00"]) {
    it(`is none: ${text}`, () => {
      assert.equal(parseTime(text), undefined);
    });
  }
});
