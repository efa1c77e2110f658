import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, describe, it } from "node:test";
import { assertProblem, eventually } from "./checks.ts";
import { type Caller, newCaller } from "./identity.ts";
import { type Service, startService } from "./service.ts";

const ITEMS = "/api/v1/items";
const MOST = 300_000;
const DEEP = 100_000;
const MALFORMED = {
  nothing: "",
  "an open object": "{",
  "bare text": "title",
  NaN: '{"title": NaN}',
  "a comment": '{"title": "x" /* y */}',
  "two texts": '{"title": "x"}{"title": "x"}',
  "open nesting": "[".repeat(DEEP),
  "Latin-1": Buffer.from('{"title": "Käse"}', "latin1"),
  "UTF-16": Buffer.from('\ufeff{"title": "x"}', "utf16le"),
  "a byte order mark": '\ufeff{"title": "x"}',
  "an overlong sequence": Buffer.from([0x22, 0xc0, 0xaf, 0x22]),
};

describe("bodies", () => {
  let service: Service;
  let caller: Caller;

  before(async () => {
    service = await startService({ MAX_BODY_BYTES: String(MOST) });
    caller = await newCaller();
  });
  after(() => service.close());

  const post = (body: string | Buffer, type = "application/json") =>
    service.request
      .post(ITEMS)
      .set({ ...caller.headers, "Content-Type": type })
      .serialize((data) => data)
      .send(body);

  for (const [name, body] of Object.entries(MALFORMED)) {
    it(`refuses ${name}`, async () => {
      assertProblem(await post(body), 400, "malformed_json");
    });
  }

  it("refuses JSON that is no object", async () => {
    for (const body of ["[]", '"x"', "1", "null", "[".repeat(DEEP) + "]".repeat(DEEP)]) {
      assert.deepEqual(assertProblem(await post(body), 422, "invalid_request"), {
        "": "must be an object",
      });
    }
  });

  it("refuses other types and encodings", async () => {
    for (const type of ["text/plain", "application/jsonfoo", "application/merge-patch+json"]) {
      assertProblem(await post('{"title": "x"}', type), 415, "unsupported_media_type");
    }
    for (const [encoding, status] of [
      ["gzip", 415],
      ["identity, gzip", 415],
      ["Identity", 201],
    ] as const) {
      const encoded = await service.request
        .post(ITEMS)
        .set({ ...caller.headers, "Content-Encoding": encoding })
        .send({ title: "x" });
      assert.equal(encoded.status, status, encoding);
    }
  });

  it("are not read before the caller is known, nor when they are of another type", async () => {
    const head = `POST ${ITEMS} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n`;
    assert.match(await raw(`${head}Content-Type: text/plain\r\n\r\n`), /^HTTP\/1.1 401 /);
    const { Authorization } = caller.headers;
    const signedIn = `${head}Authorization: ${Authorization}\r\nContent-Type: text/plain\r\n\r\n`;
    assert.match(await raw(signedIn), /^HTTP\/1.1 415 /);
  });

  it("with very many wrong fields get a short answer soon", async () => {
    const fields = Array.from({ length: 30_000 }, (_, index) => `"${index}":0`);
    const response = await post(`{${fields}}`);
    assertProblem(response, 422, "invalid_request");
    assert.equal(response.body.detail, "30001 fields are invalid.");
    assert.equal(response.body.errors.length, 20);
  });

  for (const letter of ["x", "\u0001", "\ud800", "🐘", "/", "%"]) {
    it(`with endless names of ${JSON.stringify(letter)} get a short answer`, async () => {
      const names = Array.from({ length: 30 }, (_, index) => `${index}${letter.repeat(1000)}`);
      const body = JSON.stringify(Object.fromEntries(names.map((name) => [name, 0])));
      const response = await post(body);
      assertProblem(response, 422, "invalid_request");
      assert.ok(Buffer.byteLength(response.text) < 32_768);
      const [missing, ...unknown] = response.body.errors;
      assert.deepEqual(missing, { pointer: "/title", detail: "is required" });
      for (const { pointer } of unknown) assert.equal([...pointer].length, 200);
    });
  }

  it("takes any spelling of its own type", async () => {
    const response = await post(' {"title": "x"}\n', "Application/JSON; charset=UTF-8");
    assert.equal(response.status, 201);
  });

  it("is as long as it may be, and no longer", async () => {
    const longest = '{"title": "x"}'.padEnd(MOST);
    assert.equal((await post(longest)).status, 201);
    assertProblem(await post(`${longest} `), 413, "body_too_large");
  });

  it("refuses an announced length at once, at any address", async () => {
    for (const path of [ITEMS, "/nothing"]) {
      const answer = await raw(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n`,
      );
      assert.match(answer, /^HTTP\/1.1 413 /);
    }
  });

  it("cuts an endless body off", async () => {
    const { Authorization } = caller.headers;
    const socket = connect(service.port, "127.0.0.1");
    let answer = "";
    let closed = false;
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    socket
      .on("error", () => undefined)
      .on("close", () => {
        closed = true;
      });
    socket.write(
      `POST ${ITEMS} HTTP/1.1\r\nHost: x\r\nAuthorization: ${Authorization}\r\n` +
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    const chunk = `10000\r\n${" ".repeat(0x10000)}\r\n`;
    const sending = setInterval(() => socket.write(chunk), 5);
    await eventually(() => closed);
    clearInterval(sending);
    assert.match(answer, /^HTTP\/1.1 413 /);
  });

  async function raw(head: string): Promise<string> {
    const socket = connect(service.port, "127.0.0.1");
    socket.write(head);
    const [answer] = await Promise.race([
      new Promise<[Buffer]>((resolve) => socket.once("data", (chunk) => resolve([chunk]))),
    ]);
    socket.destroy();
    return answer.toString();
  }
});
