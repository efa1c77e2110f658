import assert from "node:assert/strict";
import { it } from "node:test";
import { emptyDatabase } from "./database.ts";
import { IDENTITY } from "./identity.ts";
import { runProgram } from "./process.ts";

it("migrate needs no setting but the database", async () => {
  const variables = {
    ...Object.fromEntries(Object.keys(IDENTITY).map((name) => [name, ""])),
    APP_ENV: "production",
    PORT: "http",
    DATABASE_URL: await emptyDatabase(),
  };
  const { code, stderr } = await runProgram("commands/migrate.ts", { variables });
  assert.equal(code, 0, stderr);
});
