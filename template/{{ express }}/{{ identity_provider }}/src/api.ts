/** The features of the service: each has its routes. */
import type { Router } from "express";
import { bearer } from "./auth/bearer.ts";
import { KeySource } from "./auth/key-source.ts";
import { SigningKeys } from "./auth/keys.ts";
import { ALGORITHMS } from "./auth/provider.ts";
import { AccessTokens } from "./auth/tokens.ts";
import type { Database } from "./database.ts";
import { itemPaths, itemRoutes } from "./items/routes.ts";
import { openApiDocument } from "./openapi.ts";
import type { Rule } from "./rate-limits.ts";
import type { Settings } from "./settings.ts";
import { userPaths, userRoutes } from "./users/routes.ts";

/** Returns the routes of every feature. */
export function apiRoutes(settings: Settings, database: Database): Router[] {
  const source = new KeySource({
    issuer: settings.OIDC_ISSUER,
    jwksUrl: settings.OIDC_JWKS_URL,
    algorithms: ALGORITHMS,
    production: settings.APP_ENV === "production",
  });
  const tokens = new AccessTokens(new SigningKeys(source), settings);
  const signedIn = bearer(tokens);
  return [userRoutes({ signedIn }), itemRoutes({ database, signedIn })];
}

/** Returns what each client address may ask for. */
export function rateLimits(settings: Settings): Rule[] {
  return [{ name: "default", rate: settings.RATE_LIMIT_DEFAULT, paths: ["/api"] }];
}

/** Returns the OpenAPI document of all of them. */
export function apiDocument() {
  return openApiDocument(userPaths, itemPaths);
}
