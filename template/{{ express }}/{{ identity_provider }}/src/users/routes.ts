/** The caller. */
import type { RequestHandler, Router } from "express";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { subjectOf } from "../auth/bearer.ts";
import { operation } from "../openapi.ts";
import { exactRouter, methodNotAllowed } from "../routing.ts";
import { UserOut, userOut } from "./schemas.ts";

const USERS = "/api/v1/users";

export interface UserDependencies {
  signedIn: RequestHandler;
}

/** Returns the routes of users. */
export function userRoutes({ signedIn }: UserDependencies): Router {
  const router = exactRouter();

  router
    .route(`${USERS}/me`)
    .get(signedIn, (_, response) => {
      response.json(userOut(subjectOf(response)));
    })
    .all(methodNotAllowed);

  return router;
}

/** The same routes as clients read about them. */
export const userPaths: ZodOpenApiPathsObject = {
  [`${USERS}/me`]: {
    get: operation({
      id: "read_me",
      summary: "Return the caller.",
      tag: "users",
      success: { status: 200, body: UserOut },
      problems: [401],
    }),
  },
};
