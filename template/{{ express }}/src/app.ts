/** Where the application is put together. */
import express, { type Express } from "express";
import { trusts } from "./addresses.ts";
import { apiDocument, apiRoutes, rateLimits } from "./api.ts";
import { RedisCounters } from "./counters.ts";
import { Database } from "./database.ts";
import { docsRoutes } from "./docs.ts";
import { healthRoutes } from "./health.ts";
import { Metrics } from "./metrics.ts";
import { requestContext } from "./middleware/context.ts";
import { cors } from "./middleware/cors.ts";
import { handleErrors } from "./middleware/errors.ts";
import { securityHeaders } from "./middleware/headers.ts";
import { BODY_LIMIT, bodyLimit } from "./middleware/json.ts";
import { limited } from "./rate-limits.ts";
import { notFound, plainPaths } from "./routing.ts";
import type { Settings } from "./settings.ts";

export interface Application {
  app: Express;
  /** Closes what the application has opened. */
  close: () => Promise<void>;
}

/** Returns the application; it connects to the database at its first query. */
export function createApp(settings: Settings): Application {
  const database = new Database(settings.DATABASE_URL.reveal(), {
    poolSize: settings.DATABASE_POOL_SIZE,
    timeoutSeconds: settings.DATABASE_TIMEOUT_SECONDS,
  });
  const counters =
    settings.RATE_LIMIT_STORAGE_URL && new RedisCounters(settings.RATE_LIMIT_STORAGE_URL.reveal());
  const metrics = new Metrics();

  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.enable("case sensitive routing");
  app.enable("strict routing");
  app.set("query parser", "simple");
  app.set("trust proxy", trusts(settings.TRUSTED_PROXIES));
  app.set(BODY_LIMIT, settings.MAX_BODY_BYTES);

  app.use(
    requestContext(metrics),
    ...securityHeaders({
      https: settings.APP_ENV === "production",
      subdomains: settings.HSTS_INCLUDE_SUBDOMAINS,
    }),
    ...cors(settings.CORS_ORIGINS),
    ...rateLimits(settings).flatMap((rule) => limited(rule, counters)),
    bodyLimit,
    plainPaths,
  );
  app.use(apiRoutes(settings, database));
  app.use(healthRoutes(database, settings.METRICS_ENABLED ? metrics : undefined));
  if (settings.DOCS_ENABLED) app.use(docsRoutes(apiDocument()));
  app.use(notFound);
  app.use(handleErrors);

  const close = async () => {
    await counters?.close();
    await database.close();
  };
  return { app, close };
}
