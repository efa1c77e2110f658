/** The caller's own items. */
import type { RequestHandler, Response, Router } from "express";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { subjectOf } from "../auth/bearer.ts";
import type { Database, Session } from "../database.ts";
import { operation } from "../openapi.ts";
import { PageParameters } from "../pagination.ts";
import { NotFound } from "../problems.ts";
import { exactRouter, methodNotAllowed } from "../routing.ts";
import { PathId } from "../types.ts";
import { validated } from "../validation.ts";
import type { Item } from "./models.ts";
import { ItemRepository } from "./repository.ts";
import { ItemCreate, ItemOut, ItemPage, ItemPatch } from "./schemas.ts";

const ITEMS = "/api/v1/items";

export interface ItemDependencies {
  database: Database;
  signedIn: RequestHandler;
}

/** Returns the routes of items. */
export function itemRoutes({ database, signedIn }: ItemDependencies): Router {
  const router = exactRouter();
  const own = (session: Session, response: Response) =>
    new ItemRepository(session, subjectOf(response).id);

  router
    .route(ITEMS)
    .get(signedIn, async (request, response) => {
      const { query } = await validated(request, { query: PageParameters });
      const page = await database.read((session) => own(session, response).list(query));
      response.json({ ...page, items: page.items.map(itemOut) });
    })
    .post(signedIn, async (request, response) => {
      const { body } = await validated(request, { body: ItemCreate });
      const item = await database.write((session) => own(session, response).add(body));
      response.status(201).location(`${ITEMS}/${item.id}`).json(itemOut(item));
    })
    .all(methodNotAllowed);

  router
    .route(`${ITEMS}/:id`)
    .get(signedIn, async (request, response) => {
      const { params } = await validated(request, { params: PathId });
      const item = await database.read((session) => own(session, response).get(params.id));
      response.json(itemOut(found(item)));
    })
    .patch(signedIn, async (request, response) => {
      const { params, body } = await validated(request, { params: PathId, body: ItemPatch });
      const item = await database.write((session) =>
        own(session, response).update(params.id, body),
      );
      response.json(itemOut(found(item)));
    })
    .delete(signedIn, async (request, response) => {
      const { params } = await validated(request, { params: PathId });
      found(await database.write((session) => own(session, response).delete(params.id)));
      response.status(204).end();
    })
    .all(methodNotAllowed);

  return router;
}

/** The same routes as clients read about them. */
export const itemPaths: ZodOpenApiPathsObject = {
  [ITEMS]: {
    get: operation({
      id: "list_items",
      summary: "Return a page of the caller's items, newest first.",
      tag: "items",
      query: PageParameters,
      success: { status: 200, body: ItemPage },
      problems: [401, 422],
    }),
    post: operation({
      id: "create_item",
      summary: "Add an item that belongs to the caller.",
      tag: "items",
      body: ItemCreate,
      success: { status: 201, body: ItemOut },
      problems: [401],
    }),
  },
  [`${ITEMS}/{id}`]: {
    get: operation({
      id: "read_item",
      summary: "Return one of the caller's items.",
      tag: "items",
      params: PathId,
      success: { status: 200, body: ItemOut },
      problems: [401, 404, 422],
    }),
    patch: operation({
      id: "update_item",
      summary: "Change the given fields of one of the caller's items.",
      tag: "items",
      params: PathId,
      body: ItemPatch,
      success: { status: 200, body: ItemOut },
      problems: [401, 404],
    }),
    delete: operation({
      id: "delete_item",
      summary: "Remove one of the caller's items.",
      tag: "items",
      params: PathId,
      success: { status: 204 },
      problems: [401, 404, 422],
    }),
  },
};

function itemOut({ id, title, description, created_at, updated_at }: Item) {
  return { id, title, description, created_at, updated_at };
}

/** Returns the row; somebody else's is reported as none, so nobody learns that it exists. */
function found<Row>(row: Row | undefined): Row {
  if (!row) throw new NotFound();
  return row;
}
