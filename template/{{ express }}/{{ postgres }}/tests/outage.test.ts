import assert from "node:assert/strict";
import { connect, createServer, type Server, type Socket } from "node:net";
import { after, afterEach, before, describe, it } from "node:test";
import pg from "pg";
import { checkUrl } from "../src/database.ts";
import { assertProblem, eventually } from "./checks.ts";
import { execute, freshDatabase } from "./database.ts";
import { type Caller, newCaller } from "./identity.ts";
import { listening, type Service, startService, withService } from "./service.ts";

const ITEMS = "/api/v1/items";
const TIMEOUT_SECONDS = 0.5;
const LONGEST_MS = 2 * TIMEOUT_SECONDS * 1000 + 1000;

/** A network between the service and its database that can break. */
class Link {
  silent = false;
  refusing = false;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  /** Returns the URL through the link. */
  async open(url: string): Promise<string> {
    const { hostname, port } = new URL(url);
    this.#server = await listening(
      createServer((client) => {
        if (this.refusing) {
          client.destroy();
          return;
        }
        const server = connect(Number(port), hostname);
        this.#join(client, server);
        this.#join(server, client);
      }).listen(0, "127.0.0.1"),
    );
    const through = new URL(url);
    const address = this.#server.address();
    through.port = String(typeof address === "object" ? address?.port : address);
    return through.href;
  }

  cut(): void {
    this.refusing = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.silent = this.refusing = false;
  }

  close(): void {
    this.cut();
    this.#server?.close();
  }

  #join(source: Socket, sink: Socket): void {
    this.#sockets.add(source);
    source.on("data", (chunk) => {
      if (!this.silent) sink.write(chunk);
    });
    source.on("error", () => undefined).on("close", () => sink.destroy());
  }
}

describe("an outage of the database", () => {
  const link = new Link();
  let url: string;
  let service: Service;
  let caller: Caller;

  before(async () => {
    url = await freshDatabase();
    service = await startService({
      DATABASE_URL: await link.open(url),
      DATABASE_POOL_SIZE: "2",
      DATABASE_TIMEOUT_SECONDS: String(TIMEOUT_SECONDS),
    });
    caller = await newCaller();
  });
  afterEach(async () => {
    link.mend();
    await eventually(async () => (await list()).status === 200);
  });
  after(async () => {
    await service.close();
    link.close();
  });

  const list = () => service.request.get(ITEMS).set(caller.headers);
  const create = () => service.request.post(ITEMS).set(caller.headers).send({ title: "Milk" });
  const assertUnavailable = async (request: ReturnType<typeof list>) => {
    const started = Date.now();
    const response = await request;
    assertProblem(response, 503, "unavailable");
    assert.equal(response.headers["retry-after"], "1");
    assert.ok(Date.now() - started < LONGEST_MS, `${Date.now() - started} ms`);
  };

  for (const [name, breakLink] of Object.entries({
    "cut connections": () => link.cut(),
    "a silent network": () => {
      link.silent = true;
    },
  })) {
    it(`is told in time: ${name}`, async () => {
      breakLink();
      await Promise.all([1, 2, 3, 4].map(() => assertUnavailable(list())));
      await assertUnavailable(create());
      const ready = await service.request.get("/health/ready");
      assert.deepEqual(
        [ready.status, ready.body],
        [503, { status: "unavailable", checks: { database: "unavailable" } }],
      );
      assert.equal((await service.request.get("/health/live")).status, 200);
      assert.equal((await service.request.get(ITEMS)).status, 401);
    });
  }

  it("is a statement that takes too long", async () => {
    const blocker = new pg.Client({ connectionString: url });
    await blocker.connect();
    await blocker.query("begin; lock table items");
    await assertUnavailable(create());
    await blocker.end();
  });

  it("is a pool without a free connection", async () => {
    const blocker = new pg.Client({ connectionString: url });
    await blocker.connect();
    await blocker.query("begin; lock table items");
    await Promise.all([1, 2, 3, 4, 5, 6].map(() => assertUnavailable(list())));
    await blocker.end();
  });

  it("does not outlive the connections that the server ends", async () => {
    await execute(
      url,
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    );
    await eventually(async () => (await create()).status === 201);
  });
});

describe("a database URL", () => {
  it("is taken as hosting companies show it", async () => {
    const url = new URL(await freshDatabase());
    url.protocol = "postgres:";
    url.searchParams.set("channel_binding", "prefer");
    url.searchParams.set("sslmode", "disable");
    await withService({ DATABASE_URL: url.href }, async ({ request }) => {
      assert.equal((await request.get("/health/ready")).status, 200);
    });
  });

  it("is refused when it is another one", () => {
    for (const url of ["", "x", "http://db/orders", "postgresql", "sqlite:///x.db"]) {
      assert.throws(() => checkUrl(url), /must look like postgresql:/);
    }
  });
});
