/** The features of the service: each has its routes. */
import type { Router } from "express";
import { Accounts } from "./auth/accounts.ts";
import { bearer } from "./auth/bearer.ts";
import { PasswordHasher } from "./auth/passwords.ts";
import { authPaths, authRoutes, PASSWORD_PATHS } from "./auth/routes.ts";
import { AccessTokens } from "./auth/tokens.ts";
import type { Database } from "./database.ts";
import { itemPaths, itemRoutes } from "./items/routes.ts";
import { openApiDocument } from "./openapi.ts";
import type { Rule } from "./rate-limits.ts";
import type { Settings } from "./settings.ts";
import { userPaths, userRoutes } from "./users/routes.ts";

/** Returns the routes of every feature. */
export function apiRoutes(settings: Settings, database: Database): Router[] {
  const tokens = new AccessTokens(settings.AUTH_SECRET_KEY, settings.ACCESS_TOKEN_TTL_SECONDS);
  const accounts = new Accounts(database, new PasswordHasher(settings.DATABASE_TIMEOUT_SECONDS), {
    refreshTtlSeconds: settings.REFRESH_TOKEN_TTL_SECONDS,
    sessionTtlSeconds: settings.SESSION_TTL_SECONDS,
    reuseGraceSeconds: settings.REFRESH_REUSE_GRACE_SECONDS,
  });
  const signedIn = bearer(tokens);
  return [
    authRoutes({ accounts, tokens, signedIn }),
    userRoutes({ database, signedIn }),
    itemRoutes({ database, signedIn }),
  ];
}

/** Returns what each client address may ask for. */
export function rateLimits(settings: Settings): Rule[] {
  return [
    { name: "default", rate: settings.RATE_LIMIT_DEFAULT, paths: ["/api"] },
    { name: "auth", rate: settings.RATE_LIMIT_AUTH, paths: PASSWORD_PATHS },
  ];
}

/** Returns the OpenAPI document of all of them. */
export function apiDocument() {
  return openApiDocument(authPaths, userPaths, itemPaths);
}
