import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { checkUrl } from "../src/database.ts";
import { assertProblem } from "./checks.ts";
import { withService } from "./service.ts";

describe("a file", () => {
  it("that cannot be opened is an outage", async () => {
    const folder = mkdtempSync(join(tmpdir(), "file-"));
    const variables = { DATABASE_URL: `sqlite:///${folder}/none/x.db` };
    await withService(variables, async ({ request }) => {
      assert.equal((await request.get("/health/ready")).status, 503);
      const login = { email: "ada@example.com", password: "x" };
      const response = await request.post("/api/v1/auth/login").send(login);
      assertProblem(response, 503, "unavailable");
    });
    rmSync(folder, { recursive: true });
  });

  it("has a URL with three slashes", () => {
    checkUrl("sqlite:///relative.db");
    checkUrl("sqlite:////absolute/path.db");
    for (const url of ["", "x.db", "sqlite://x.db", "sqlite:///", "sqlite:///:memory:"]) {
      assert.throws(() => checkUrl(url), /must look like sqlite:/);
    }
  });
});
