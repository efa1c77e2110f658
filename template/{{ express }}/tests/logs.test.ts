import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { eventually } from "./checks.ts";
import { freshDatabase } from "./database.ts";
import { type Caller, newCaller } from "./identity.ts";
import { logLines, startServer } from "./process.ts";

const ITEMS = "/api/v1/items";
const MEMBERS = [
  "client",
  "duration_ms",
  "level",
  "message",
  "method",
  "request_id",
  "route",
  "status",
  "subject",
  "time",
];

describe("the log", { concurrency: true }, () => {
  let server: Awaited<ReturnType<typeof startServer>>;
  let caller: Caller;

  before(async () => {
    const url = await freshDatabase();
    caller = await newCaller();
    server = await startServer({ DATABASE_URL: url });
  });
  after(async () => {
    server.process.kill();
    await server.ended;
  });

  it("has one line for a request", async () => {
    const headers = { ...caller.headers, "X-Request-ID": "one-line" };
    await fetch(`${server.url}${ITEMS}/019fc0de-0000-7000-8000-0123456789ab?limit=1`, { headers });
    const lines = () => logLines(server).filter((line) => line.request_id === "one-line");
    await eventually(() => lines().length > 0);
    const [line = {}, ...others] = lines();
    assert.deepEqual(others, []);
    assert.deepEqual(Object.keys(line).sort(), MEMBERS);
    assert.match(String(line.time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const { level, message, method, route, status, client, subject } = line;
    assert.deepEqual(
      { level, message, method, route, status, client, subject },
      {
        level: "info",
        message: "request",
        method: "GET",
        route: `${ITEMS}/{id}`,
        status: 404,
        client: "127.0.0.1",
        subject: caller.id,
      },
    );
  });

  it("tells the path that no route has, without its query and no longer than 200", async () => {
    const path = `/nothing/${"x".repeat(300)}`;
    await fetch(`${server.url}${path}?q=1`, { headers: { "X-Request-ID": "no-route" } });
    const find = () => logLines(server).find((line) => line.request_id === "no-route");
    await eventually(() => find() !== undefined);
    assert.equal(find()?.route, "unmatched");
    assert.equal(find()?.path, path.slice(0, 200));
  });

  it("is silent about health, and never holds a secret", async () => {
    const headers = {
      Authorization: "Bearer hunter2",
      Cookie: "s=hunter2",
      "X-Request-ID": "quiet",
    };
    await fetch(`${server.url}/health/ready`, { headers });
    await fetch(`${server.url}${ITEMS}?token=hunter2`, { headers });
    await eventually(() => logLines(server).some((line) => line.request_id === "quiet"));
    assert.ok(!server.stdout().includes("hunter2"));
    assert.ok(!server.stdout().includes("/health/ready"));
  });

  it("can be read by people", async () => {
    const readable = await startServer({
      DATABASE_URL: await freshDatabase(),
      LOG_FORMAT: "console",
      LOG_LEVEL: "debug",
    });
    readable.process.kill();
    await readable.ended;
    assert.match(readable.stdout(), /^\d\d:\d\d:\d\d\.\d{3} debug {3}request .*status=200/m);
  });
});
