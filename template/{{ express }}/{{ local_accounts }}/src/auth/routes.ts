/** Signing up, in and out. */
import type { RequestHandler, Router } from "express";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { operation } from "../openapi.ts";
import { InvalidRequest, InvalidToken } from "../problems.ts";
import { exactRouter, methodNotAllowed } from "../routing.ts";
import { UserOut, userOut } from "../users/schemas.ts";
import { validated } from "../validation.ts";
import type { Accounts, SignedIn } from "./accounts.ts";
import { subjectOf } from "./bearer.ts";
import { Credentials, PasswordChange, RefreshRequest, Registration, TokenPair } from "./schemas.ts";
import type { AccessTokens } from "./tokens.ts";

const AUTH = "/api/v1/auth";

// Each checks a password, or makes an account: what somebody would try again and again.
export const PASSWORD_PATHS = [`${AUTH}/login`, `${AUTH}/register`, `${AUTH}/password`];

export interface AuthDependencies {
  accounts: Accounts;
  tokens: AccessTokens;
  signedIn: RequestHandler;
}

/** Returns the routes of accounts and their tokens. */
export function authRoutes({ accounts, tokens, signedIn }: AuthDependencies): Router {
  const router = exactRouter();
  const pair = async ({ user, refresh_token }: SignedIn) => ({
    access_token: await tokens.sign(user.id, user.role),
    token_type: "Bearer",
    expires_in: tokens.ttlSeconds,
    refresh_token,
  });

  router
    .route(`${AUTH}/register`)
    .post(async (request, response) => {
      const { body } = await validated(request, { body: Registration });
      response.status(201).json(userOut(await accounts.register(body.email, body.password)));
    })
    .all(methodNotAllowed);

  router
    .route(`${AUTH}/login`)
    .post(async (request, response) => {
      const { body } = await validated(request, { body: Credentials });
      response.json(await pair(await accounts.login(body.email, body.password)));
    })
    .all(methodNotAllowed);

  router
    .route(`${AUTH}/refresh`)
    .post(async (request, response) => {
      const { body } = await validated(request, { body: RefreshRequest });
      const refreshed = await accounts.refresh(body.refresh_token);
      if (!refreshed) throw new InvalidToken();
      response.json(await pair(refreshed));
    })
    .all(methodNotAllowed);

  router
    .route(`${AUTH}/logout`)
    .post(async (request, response) => {
      const { body } = await validated(request, { body: RefreshRequest });
      await accounts.logout(body.refresh_token);
      response.status(204).end();
    })
    .all(methodNotAllowed);

  router
    .route(`${AUTH}/password`)
    .post(signedIn, async (request, response) => {
      const { body } = await validated(request, { body: PasswordChange });
      const { id } = subjectOf(response);
      if (!(await accounts.changePassword(id, body.current_password, body.new_password))) {
        throw new InvalidRequest([{ pointer: "/current_password", detail: "is wrong" }]);
      }
      response.status(204).end();
    })
    .all(methodNotAllowed);

  return router;
}

/** The same routes as clients read about them. */
export const authPaths: ZodOpenApiPathsObject = {
  [`${AUTH}/register`]: {
    post: operation({
      id: "register",
      summary: "Make an account.",
      tag: "auth",
      public: true,
      body: Registration,
      success: { status: 201, body: UserOut },
      problems: [409],
    }),
  },
  [`${AUTH}/login`]: {
    post: operation({
      id: "login",
      summary: "Exchange an e-mail address and a password for a token pair.",
      tag: "auth",
      public: true,
      body: Credentials,
      success: { status: 200, body: TokenPair },
      problems: [401],
    }),
  },
  [`${AUTH}/refresh`]: {
    post: operation({
      id: "refresh",
      summary:
        "Exchange a refresh token for a new pair. Each works once: a second use ends the family.",
      tag: "auth",
      public: true,
      body: RefreshRequest,
      success: { status: 200, body: TokenPair },
      problems: [401],
    }),
  },
  [`${AUTH}/logout`]: {
    post: operation({
      id: "logout",
      summary: "End the refresh token and all that came from the same login.",
      tag: "auth",
      public: true,
      body: RefreshRequest,
      success: { status: 204 },
      problems: [],
    }),
  },
  [`${AUTH}/password`]: {
    post: operation({
      id: "change_password",
      summary: "Change the caller's password, which ends every refresh token of the account.",
      tag: "auth",
      body: PasswordChange,
      success: { status: 204 },
      problems: [401],
    }),
  },
};
