import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { apiDocument, apiRoutes } from "../src/api.ts";
import { Database } from "../src/database.ts";
import { runProgram } from "./process.ts";
import { type Service, startService } from "./service.ts";

describe("the documentation", () => {
  let service: Service;

  before(async () => {
    service = await startService();
  });
  after(() => service.close());

  it("describes every route, and nothing else", () => {
    const database = new Database(service.settings.DATABASE_URL.reveal(), {
      poolSize: 1,
      timeoutSeconds: 1,
    });
    const routes = apiRoutes(service.settings, database)
      .flatMap(({ stack }) => stack)
      .flatMap(({ route }) =>
        route ? route.stack.map(({ method }) => `${method} ${route.path}`) : [],
      )
      // What refuses the other methods has none itself.
      .filter((route) => !route.startsWith("undefined"))
      .map((route) => route.replaceAll(/:(\w+)/g, "{$1}"));
    const described = Object.entries(apiDocument().paths ?? {}).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    assert.deepEqual([...new Set(routes)].sort(), described.sort());
  });

  it("knows the statuses that any operation can answer", () => {
    for (const operations of Object.values(apiDocument().paths ?? {})) {
      for (const operation of Object.values(operations) as { responses: object }[]) {
        for (const status of ["429", "500", "503"]) assert.ok(status in operation.responses);
      }
    }
  });

  it("is the committed one", async () => {
    const committed = JSON.parse(await readFile("openapi.json", "utf8"));
    assert.deepEqual(JSON.parse(JSON.stringify(apiDocument())), committed);
    const { body } = await service.request.get("/openapi.json");
    assert.deepEqual(body, committed);
    const check = await runProgram("commands/openapi.ts", { args: ["--check"] });
    assert.equal(check.code, 0, check.stderr);
  });

  it("has a page that loads only what belongs to it", async () => {
    const { headers, text } = await service.request.get("/docs");
    assert.match(String(headers["content-type"]), /^text\/html/);
    assert.match(String(headers["content-security-policy"]), /script-src 'self'(;|$)/);
    const assets = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => String(match[1]));
    assert.equal(assets.length, 3);
    for (const asset of assets) {
      assert.equal((await service.request.get(asset)).status, 200, asset);
    }
  });
});
