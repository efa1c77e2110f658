import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { describe, it } from "node:test";
import { httpServer, TIMEOUTS } from "../src/http.ts";
import { listening } from "./service.ts";

const BALANCER_IDLE_MS = 60_000;

describe("the HTTP server", () => {
  it("keeps a connection longer than a load balancer does, and nothing for ever", async () => {
    const { server, drain } = httpServer((_, response) => response.end("ok"));
    await listening(server.listen(0, "127.0.0.1"));
    const { port } = server.address() as AddressInfo;
    const { headers } = await fetch(`http://127.0.0.1:${port}`);
    const [, seconds] = /timeout=(\d+)/.exec(headers.get("keep-alive") ?? "") ?? [];
    assert.ok(Number(seconds) * 1000 > BALANCER_IDLE_MS);
    for (const time of [server.headersTimeout, server.requestTimeout]) {
      assert.ok(time > BALANCER_IDLE_MS && time <= 2 * BALANCER_IDLE_MS);
    }
    await drain();
  });

  for (const [name, bytes] of Object.entries({
    "the headers": "GET / HTTP/1.1\r\nHost: x\r\n",
    "the body": "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{",
  })) {
    it(`does not wait for ever for ${name}`, async () => {
      const { server, drain } = httpServer((request) => request.resume(), {
        ...TIMEOUTS,
        headersTimeout: 50,
        requestTimeout: 100,
        connectionsCheckingInterval: 20,
      });
      await listening(server.listen(0, "127.0.0.1"));
      const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
      client.write(bytes);
      const [answer] = await once(client, "data");
      assert.match(String(answer), /^HTTP\/1\.1 408 /);
      await once(client, "close");
      await drain();
    });
  }
});
