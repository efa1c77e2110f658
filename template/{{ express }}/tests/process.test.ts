import assert from "node:assert/strict";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { connect } from "node:net";
import { before, describe, it } from "node:test";
import { eventually } from "./checks.ts";
import { freshDatabase } from "./database.ts";
import { type Caller, newCaller } from "./identity.ts";
import { logLines, runProgram, startServer } from "./process.ts";

const ITEMS = "/api/v1/items";

describe("the server", { concurrency: true }, () => {
  let url: string;
  let caller: Caller;

  before(async () => {
    url = await freshDatabase();
    caller = await newCaller();
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
      const { Authorization } = caller.headers;
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

  it("survives clients that go away at any moment", async () => {
    const server = await start();
    const { Authorization } = caller.headers;
    const request =
      `POST ${ITEMS} HTTP/1.1\r\nHost: x\r\nAuthorization: ${Authorization}\r\n` +
      'Content-Type: application/json\r\nContent-Length: 16\r\n\r\n{"title": "gone"';
    const moments = [1, 40, request.length - 17, request.length - 16, request.length - 1];
    for (const moment of [...moments, request.length]) {
      const client = connect(server.port, "127.0.0.1").on("error", () => undefined);
      await once(client, "connect");
      client.write(request.slice(0, moment), () => client.resetAndDestroy());
      await once(client, "close");
    }
    assert.equal((await fetch(`${server.url}/health/ready`)).status, 200);
    server.process.kill();
    assert.equal(await server.ended, 0);
    assert.equal(server.stderr(), "");
    assert.ok(!server.stdout().includes("unhandled"));
  });

  it("says which clients it has given up", async () => {
    const server = await start({ REQUEST_TIMEOUT_SECONDS: "1" });
    const silent = connect(server.port, "127.0.0.1").resume();
    const half = connect(server.port, "127.0.0.1").on("error", () => undefined);
    half.write(
      `POST ${ITEMS} HTTP/1.1\r\nHost: x\r\nAuthorization: ${caller.headers.Authorization}\r\n` +
        "Content-Type: application/json\r\nContent-Length: 5\r\n\r\n{",
    );
    await Promise.all([once(silent, "close"), once(half, "close")]);
    server.process.kill();
    await server.ended;
    const lines = logLines(server).filter((line) => line.message === "client timed out");
    assert.deepEqual(lines.map((line) => line.waiting_for).sort(), ["body", "headers"]);
    for (const line of lines) assert.equal(line.client, "127.0.0.1");
  });

  it("serves on when nobody takes its log", async () => {
    const full = openSync("/dev/full", "w");
    const servers = [
      await startServer({ DATABASE_URL: url, LOG_LEVEL: "debug" }, { stdout: full }),
      await start({ LOG_LEVEL: "debug" }),
    ];
    closeSync(full);
    servers[1]?.process.stdout?.destroy();
    for (const server of servers) {
      for (let count = 0; count < 50; count += 1) {
        assert.equal((await fetch(`${server.url}${ITEMS}`)).status, 401);
      }
      server.process.kill();
      assert.equal(await server.ended, 0);
    }
  });

  it("ends with a line for an exception that nobody caught", async () => {
    const preload = "process.on('SIGUSR2',()=>{Promise.reject(Error('lost'))})";
    const server = await start({ NODE_OPTIONS: `--import=data:text/javascript,${preload}` });
    server.process.kill("SIGUSR2");
    assert.equal(await server.ended, 70);
    const line = logLines(server).find(({ level }) => level === "critical");
    assert.match(String(line?.exception), /^Error: lost\n/);
    assert.equal(server.stderr(), "");
  });

  it("does not wait for ever", async () => {
    const server = await start({ SHUTDOWN_TIMEOUT_SECONDS: "1" });
    const half = connect(server.port, "127.0.0.1").on("error", () => undefined);
    half.write(
      `POST ${ITEMS} HTTP/1.1\r\nHost: x\r\nAuthorization: ${caller.headers.Authorization}\r\n` +
        "Content-Type: application/json\r\nContent-Length: 5\r\n\r\n{",
    );
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
