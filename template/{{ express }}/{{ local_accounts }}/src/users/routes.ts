/** The caller's own account, and for admins all of them. */
import type { RequestHandler, Router } from "express";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { adminsOnly, subjectOf } from "../auth/bearer.ts";
import type { Database } from "../database.ts";
import { operation } from "../openapi.ts";
import { PageParameters } from "../pagination.ts";
import { InvalidToken } from "../problems.ts";
import { exactRouter, methodNotAllowed } from "../routing.ts";
import { validated } from "../validation.ts";
import { UserRepository } from "./repository.ts";
import { UserOut, UserPage, userOut } from "./schemas.ts";

const USERS = "/api/v1/users";

export interface UserDependencies {
  database: Database;
  signedIn: RequestHandler;
}

/** Returns the routes of users. */
export function userRoutes({ database, signedIn }: UserDependencies): Router {
  const router = exactRouter();

  router
    .route(USERS)
    .get(signedIn, adminsOnly, async (request, response) => {
      const { query } = await validated(request, { query: PageParameters });
      const page = await database.read((session) => new UserRepository(session).list(query));
      response.json({ ...page, items: page.items.map(userOut) });
    })
    .all(methodNotAllowed);

  router
    .route(`${USERS}/me`)
    .get(signedIn, async (_, response) => {
      const { id } = subjectOf(response);
      const user = await database.read((session) => new UserRepository(session).get(id));
      if (!user) throw new InvalidToken();
      response.json(userOut(user));
    })
    .all(methodNotAllowed);

  return router;
}

/** The same routes as clients read about them. */
export const userPaths: ZodOpenApiPathsObject = {
  [USERS]: {
    get: operation({
      id: "list_users",
      summary: "Return a page of all accounts, newest first.",
      tag: "users",
      query: PageParameters,
      success: { status: 200, body: UserPage },
      problems: [401, 403, 422],
    }),
  },
  [`${USERS}/me`]: {
    get: operation({
      id: "read_me",
      summary: "Return the caller's account.",
      tag: "users",
      success: { status: 200, body: UserOut },
      problems: [401],
    }),
  },
};
