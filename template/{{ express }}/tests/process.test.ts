import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { before, describe, it } from "node:test";
import { type Session, signUp } from "./accounts.ts";
import { eventually } from "./checks.ts";
import { freshDatabase } from "./database.ts";
import { runProgram, startServer } from "./process.ts";
import { withService } from "./service.ts";

const ITEMS = "/api/v1/items";

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

  it("survives clients that go away at any moment", async () => {
    const server = await start();
    const { Authorization } = session.headers;
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
