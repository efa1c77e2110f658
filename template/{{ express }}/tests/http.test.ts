import assert from "node:assert/strict";
import { once } from "node:events";
import type { RequestListener } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { after, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { httpServer } from "../src/http.ts";
import { configureLogging } from "../src/logging.ts";
import { eventually } from "./checks.ts";
import { listening } from "./service.ts";

const BALANCER_IDLE_MS = 60_000;
const LARGE = Buffer.alloc(30_000_000);

const POST = "POST / HTTP/1.1\r\nHost: x\r\n";
const CHUNK = `10000\r\n${" ".repeat(0x10000)}\r\n`;

interface Client {
  socket: Socket;
  received: () => string;
  ended: () => boolean;
}

describe("the HTTP server", { concurrency: true }, () => {
  configureLogging({ level: "error", format: "json" });
  const drains: (() => Promise<void>)[] = [];
  const sockets: Socket[] = [];
  after(async () => {
    for (const socket of sockets) socket.destroy();
    await Promise.all(drains.map((drain) => drain()));
  });

  async function start(app: RequestListener, limits = {}): Promise<number> {
    const { server, drain } = httpServer(app, {
      timeoutSeconds: 0.3,
      bodyBytes: 100_000,
      ...limits,
    });
    drains.push(drain);
    await listening(server.listen(0, "127.0.0.1"));
    return (server.address() as AddressInfo).port;
  }

  async function client(app: RequestListener, limits = {}): Promise<Client> {
    const port = await start(app, limits);
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    sockets.push(socket);
    let text = "";
    let closed = false;
    socket
      .on("data", (chunk) => {
        text += chunk;
      })
      .on("error", () => undefined)
      .on("end", () => {
        closed = true;
      })
      .on("close", () => {
        closed = true;
      });
    await once(socket, "connect");
    return { socket, received: () => text, ended: () => closed };
  }

  const refuse: RequestListener = (_, response) => response.writeHead(401).end("no");

  it("keeps a connection longer than a load balancer does, and nothing for ever", async () => {
    const port = await start((_, response) => response.end("ok"));
    const { headers } = await fetch(`http://127.0.0.1:${port}`);
    const [, seconds] = /timeout=(\d+)/.exec(headers.get("keep-alive") ?? "") ?? [];
    assert.ok(Number(seconds) * 1000 > BALANCER_IDLE_MS);
    assert.ok(Number(seconds) * 1000 < 2 * BALANCER_IDLE_MS);
  });

  for (const [name, bytes] of Object.entries({ nothing: "", "half of the headers": "GET / HT" })) {
    it(`does not wait for ever for a client that sends ${name}`, async () => {
      const { socket, received, ended } = await client(refuse);
      socket.write(bytes);
      await eventually(ended);
      assert.match(received(), /^HTTP\/1\.1 408 /);
    });
  }

  it("does not wait for ever for a body, dripping or not, read or not", async () => {
    const wait: RequestListener = (request) => request.resume();
    for (const app of [wait, refuse]) {
      const { socket, ended } = await client(app);
      socket.write(`${POST}Content-Length: 90000\r\n\r\n`);
      const dripping = setInterval(() => socket.write(" "), 20);
      await eventually(ended);
      clearInterval(dripping);
    }
  });

  it("does not wait for ever for a client to read", async () => {
    const { socket, received, ended } = await client((_, response) => response.end(LARGE));
    socket.pause().write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await sleep(1500);
    socket.resume();
    await eventually(ended);
    assert.ok(received().length < LARGE.length);
  });

  it("gives a handler and a slow body their time", async () => {
    const { socket, received } = await client(
      async (request, response) => {
        request.resume();
        await once(request, "end");
        await sleep(700);
        response.end("late");
      },
      { timeoutSeconds: 0.5 },
    );
    socket.write("POST / HTTP/1.1\r\nHo");
    await sleep(300);
    socket.write("st: x\r\nContent-Length: 2\r\n\r\n{");
    await sleep(300);
    socket.write("}");
    await eventually(() => received().endsWith("late"));
  });

  it("reads the rest of a refused body, and goes on", async () => {
    const { socket, received } = await client(refuse, { timeoutSeconds: 60 });
    socket.write(`${POST}Transfer-Encoding: chunked\r\n\r\n`);
    await eventually(() => received().includes("401"));
    socket.write(`${CHUNK}0\r\n\r\n${POST}\r\n`);
    await eventually(() => received().match(/401/g)?.length === 2);
  });

  it("reads no endless body", async () => {
    const { socket, ended, received } = await client(refuse, { timeoutSeconds: 60 });
    socket.write(`${POST}Transfer-Encoding: chunked\r\n\r\n`);
    const sending = setInterval(() => socket.write(CHUNK), 5);
    await eventually(ended);
    clearInterval(sending);
    assert.match(received(), /^HTTP\/1\.1 401 /);
  });

  it("lets a client that closes afterwards send its body and see the answer", async () => {
    const { socket, ended, received } = await client(refuse, { timeoutSeconds: 60 });
    socket.write(`${POST}Connection: close\r\nContent-Length: 90000\r\n\r\n`);
    await eventually(ended);
    assert.match(received(), /^HTTP\/1\.1 401 /);
    await new Promise<void>((sent, failed) => {
      socket.write(" ".repeat(90_000), (error) => (error ? failed(error) : sent()));
    });
  });

  it("ends a connection after a body that is too large", async () => {
    const { socket, ended, received } = await client(
      (_, response) => response.setHeader("Connection", "close").writeHead(413).end("no"),
      { timeoutSeconds: 60 },
    );
    socket.write(`${POST}Content-Length: 1000000000\r\n\r\n`);
    await eventually(ended);
    assert.match(received(), /^HTTP\/1\.1 413 /);
  });

  it("does not mind an expectation that it does not know", async () => {
    const { socket, received } = await client((_, response) => response.end("ok"));
    socket.write("GET / HTTP/1.1\r\nHost: x\r\nExpect: the-best\r\n\r\n");
    await eventually(() => received().endsWith("ok"));
    assert.match(received(), /^HTTP\/1\.1 200 /);
  });

  it("reads a body although another protocol is offered", async () => {
    const { socket, received } = await client(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      response.end(`got ${body}`);
    });
    socket.write(
      `${POST}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n` +
        "Content-Length: 4\r\n\r\nbody",
    );
    await eventually(() => received().includes("got body"));
  });
});
