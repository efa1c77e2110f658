import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { assertProblem } from "./checks.ts";
import { type Caller, newCaller } from "./identity.ts";
import { type Service, startService } from "./service.ts";

const ITEMS = "/api/v1/items";
const UUID_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("items", () => {
  let service: Service;
  let owner: Caller;
  let other: Caller;

  before(async () => {
    service = await startService();
    [owner, other] = await Promise.all([newCaller(), newCaller()]);
  });
  after(() => service.close());

  const create = async (caller: Caller, body: object = { title: "Milk" }) => {
    const response = await service.request.post(ITEMS).set(caller.headers).send(body);
    assert.equal(response.status, 201, response.text);
    return response.body;
  };
  const read = (caller: Caller, id: string) =>
    service.request.get(`${ITEMS}/${id}`).set(caller.headers);

  it("refuses somebody who is not signed in", async () => {
    const id = randomUUID();
    for (const response of [
      await service.request.get(ITEMS),
      await service.request.post(ITEMS).send({ title: "Milk" }),
      await service.request.get(`${ITEMS}/${id}`),
      await service.request.patch(`${ITEMS}/${id}`).send({}),
      await service.request.delete(`${ITEMS}/${id}`),
    ]) {
      assertProblem(response, 401, "unauthenticated");
      assert.equal(response.headers["www-authenticate"], "Bearer");
    }
  });

  it("shows somebody else's item to nobody, in no way", async () => {
    const { id } = await create(owner);
    assertProblem(await read(other, id), 404, "not_found");
    const path = `${ITEMS}/${id}`;
    const patched = await service.request.patch(path).set(other.headers).send({ title: "mine" });
    assertProblem(patched, 404, "not_found");
    assertProblem(await service.request.delete(path).set(other.headers), 404, "not_found");
    assert.equal((await read(owner, id)).body.title, "Milk");
  });

  it("refuses an id that is no UUID, and lists it beside faults of the body", async () => {
    const response = await service.request
      .patch(`${ITEMS}/17`)
      .set(owner.headers)
      .send({ title: 5, owner_id: "x" });
    assert.deepEqual(assertProblem(response, 422, "invalid_request"), {
      id: "must be a UUID",
      "/title": "must be a string",
      "/owner_id": "is not a known field",
    });
  });

  it("creates an item and says where it is", async () => {
    const response = await service.request
      .post(ITEMS)
      .set(owner.headers)
      .send({ title: " Milk ", description: "two\nlitres" });
    assert.equal(response.status, 201);
    const { id, created_at, ...item } = response.body;
    assert.match(id, UUID_7);
    assert.match(created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual(item, { title: "Milk", description: "two\nlitres", updated_at: created_at });
    assert.equal(response.headers.location, `${ITEMS}/${id}`);
    assert.deepEqual((await read(owner, id)).body, response.body);
    assert.equal((await read(owner, id.toUpperCase())).status, 200);
  });

  it("changes only what was sent", async () => {
    const item = await create(owner, { title: "Milk", description: "two litres" });
    const path = `${ITEMS}/${item.id}`;
    const changed = await service.request.patch(path).set(owner.headers).send({ title: "Tea" });
    assert.equal(changed.body.title, "Tea");
    assert.equal(changed.body.description, "two litres");
    assert.equal(changed.body.created_at, item.created_at);

    const cleared = await service.request
      .patch(path)
      .set(owner.headers)
      .send({ description: null });
    assert.equal(cleared.body.description, null);

    const untouched = await service.request.patch(path).set(owner.headers).send({});
    assert.deepEqual(untouched.body, cleared.body);
  });

  it("has no title that is null", async () => {
    const { id } = await create(owner);
    const response = await service.request
      .patch(`${ITEMS}/${id}`)
      .set(owner.headers)
      .send({ title: null });
    assert.deepEqual(assertProblem(response, 422, "invalid_request"), {
      "/title": "must be a string",
    });
  });

  it("removes an item once", async () => {
    const { id } = await create(owner);
    const path = `${ITEMS}/${id}`;
    const removed = await service.request.delete(path).set(owner.headers);
    assert.equal(removed.status, 204);
    assert.equal(removed.text, "");
    assertProblem(await service.request.delete(path).set(owner.headers), 404, "not_found");
  });
});
