import assert from "node:assert/strict";
import { describe, it } from "node:test";
import express, { type RequestHandler, Router } from "express";
import supertest from "supertest";
import { handleErrors } from "../src/middleware/errors.ts";
import { NotFound } from "../src/problems.ts";
import { routeTemplate } from "../src/routing.ts";

/** Returns what the request's route is called. */
async function templateOf(app: express.Express, path: string): Promise<string | undefined> {
  let template: string | undefined;
  const outer = express()
    .use((request, response, next) => {
      const { path: original } = request;
      response.once("close", () => {
        template = routeTemplate(request, original);
      });
      next();
    })
    .use(app.router)
    .use(handleErrors);
  await supertest(outer).get(path);
  return template;
}

describe("the template of a route", () => {
  const answer: RequestHandler = (_, response) => response.end();
  const refuse: RequestHandler = () => {
    throw new NotFound();
  };

  for (const [name, handler] of Object.entries({ answer, refuse })) {
    it(`holds what it is mounted below, and no id: ${name}`, async () => {
      const items = Router().get("/items/:id", handler).get("/", handler);
      const app = express().use("/shops/:shop", Router().use(["/v1", "/v2"], items));
      assert.equal(await templateOf(app, "/shops/7/v1/items/9"), "/shops/{shop}/v1/items/{id}");
      assert.equal(await templateOf(app, "/shops/7/v2/items/9"), "/shops/{shop}/v2/items/{id}");
      assert.equal(await templateOf(app, "/shops/7/v2"), "/shops/{shop}/v2");
      assert.equal(await templateOf(app, "/shops/7/v3"), undefined);
    });
  }

  it("holds what an application is mounted below", async () => {
    const shop = express().get("/items/:id", answer).get("/refused/:id", refuse);
    const app = express()
      .use("/shops/:shop", express().use("/v1", shop))
      .use(express().get("/x", answer));
    assert.equal(await templateOf(app, "/shops/7/v1/items/9"), "/shops/{shop}/v1/items/{id}");
    assert.equal(await templateOf(app, "/shops/7/v1/refused/9"), "/refused/{id}");
    assert.equal(await templateOf(app, "/x"), "/x");
  });

  it("may be a list, a regular expression or a wildcard", async () => {
    const app = express()
      .get(["/a", "/b/:id"], answer)
      .get(/^\/c\d+$/, answer)
      .get("/files/*path", answer)
      .use(/^\/d\d+/, Router().get("/e", answer));
    assert.equal(await templateOf(app, "/b/9"), "/a|/b/{id}");
    assert.equal(await templateOf(app, "/c123"), "/^\\/c\\d+$/");
    assert.equal(await templateOf(app, "/files/x/y"), "/files/{path}");
    assert.equal(await templateOf(app, "/d1/e"), "/^\\/d\\d+//e");
  });
});
