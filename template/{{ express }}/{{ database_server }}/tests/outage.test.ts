import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { eventually } from "./checks.ts";
import { freshDatabase } from "./database.ts";
import { type Caller, newCaller } from "./identity.ts";
import { Link } from "./link.ts";
import { assertUnavailable, TIMEOUT_SECONDS } from "./outage.ts";
import { type Service, startService } from "./service.ts";

const ITEMS = "/api/v1/items";

describe("an outage of the database", () => {
  const link = new Link();
  let service: Service;
  let caller: Caller;

  before(async () => {
    service = await startService({
      DATABASE_URL: await link.open(await freshDatabase()),
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
});
