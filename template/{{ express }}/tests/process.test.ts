import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, describe, it } from "node:test";
import { type Session, signUp } from "./accounts.ts";
import { eventually } from "./checks.ts";
import { freshDatabase } from "./database.ts";
import { logLines, runProgram, startServer } from "./process.ts";
import { withService } from "./service.ts";

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
  "time",
];

describe("the server", { concurrency: true }, () => {
  let url: string;
  let session: Session;

  before(async () => {
    url = await freshDatabase();
    session = await withService({ DATABASE_URL: url }, signUp);
  });

  const start = (variables: NodeJS.Dict<string> = {}) =>
    startServer({ DATABASE_URL: url, ...variables });

  it("says that its port is taken", async () => {
    const first = await start();
    const variables = { DATABASE_URL: url, PORT: String(first.port) };
    const second = await runProgram("server.ts", { variables });
    first.process.kill();
    assert.equal(second.code, 1);
    assert.match(second.stderr, /^Cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE/);
    assert.equal(await first.ended, 0);
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`answers what it has begun when ${signal} comes`, async () => {
      const server = await start();
      const idle = connect(server.port, "127.0.0.1");
      const half = connect(server.port, "127.0.0.1");
      const body = '{"title": "just in time"}';
      const { Authorization } = session.headers;
      half.write(
        `POST ${ITEMS} HTTP/1.1\r\nHost: x\r\nAuthorization: ${Authorization}\r\n` +
          `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n{`,
      );
      // This request and the one for the metrics.
      await eventually(async () => {
        const metrics = await (await fetch(`${server.url}/metrics`)).text();
        return metrics.includes("http_requests_in_flight 2");
      });
      server.process.kill(signal);
      await once(idle, "close");
      await assert.rejects(fetch(`${server.url}/health/live`));
      half.write(body.slice(1));
      const [answer] = await once(half, "data");
      assert.match(String(answer), /^HTTP\/1\.1 201 Created\r\n[\s\S]*just in time/);
      assert.equal(await server.ended, 0);
      assert.equal(server.stderr(), "");
    });
  }

  it("does not wait for ever", async () => {
    const server = await start({ SHUTDOWN_TIMEOUT_SECONDS: "1" });
    const half = connect(server.port, "127.0.0.1").on("error", () => undefined);
    half.write(`POST ${ITEMS} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n{`);
    await eventually(async () => {
      const metrics = await (await fetch(`${server.url}/metrics`)).text();
      return metrics.includes("http_requests_in_flight 2");
    });
    const started = Date.now();
    server.process.kill();
    assert.equal(await server.ended, 0);
    assert.ok(Date.now() - started < 4000);
  });
});

describe("the log", { concurrency: true }, () => {
  let server: Awaited<ReturnType<typeof startServer>>;
  let session: Session;

  before(async () => {
    const url = await freshDatabase();
    session = await withService({ DATABASE_URL: url }, signUp);
    server = await startServer({ DATABASE_URL: url });
  });
  after(async () => {
    server.process.kill();
    await server.ended;
  });

  it("has one line for a request", async () => {
    const headers = { ...session.headers, "X-Request-ID": "one-line" };
    await fetch(`${server.url}${ITEMS}/019fc0de-0000-7000-8000-0123456789ab?limit=1`, { headers });
    const lines = () => logLines(server).filter((line) => line.request_id === "one-line");
    await eventually(() => lines().length > 0);
    const [line = {}, ...others] = lines();
    assert.deepEqual(others, []);
    assert.deepEqual(Object.keys(line).sort(), MEMBERS);
    assert.match(String(line.time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const { level, message, method, route, status, client } = line;
    assert.deepEqual(
      { level, message, method, route, status, client },
      {
        level: "info",
        message: "request",
        method: "GET",
        route: `${ITEMS}/{id}`,
        status: 404,
        client: "127.0.0.1",
      },
    );
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
