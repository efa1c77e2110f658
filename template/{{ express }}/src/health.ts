/** What orchestrators and monitoring ask: alive, ready, and the metrics. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Router } from "express";
import type { Database } from "./database.ts";
import { log, stackOf } from "./logging.ts";
import type { Metrics } from "./metrics.ts";
import { exactRouter, methodNotAllowed } from "./routing.ts";

const READY_TIMEOUT_MS = 1500;

/**
 * Asks the database for a sign of life, in bounded time whatever it does.
 *
 * A database that hangs would hold the probe until the connection times out: the probe goes on in
 * the background meanwhile, and there is never more than one.
 */
class DatabaseProbe {
  readonly #database: Database;
  #running: Promise<boolean> | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Tells whether the database answers in time. */
  async ok(): Promise<boolean> {
    this.#running ??= this.#ask().finally(() => {
      this.#running = undefined;
    });
    const timer = new AbortController();
    const late = sleep(READY_TIMEOUT_MS, false, { signal: timer.signal }).catch(() => false);
    try {
      return await Promise.race([this.#running, late]);
    } finally {
      timer.abort();
    }
  }

  async #ask(): Promise<boolean> {
    try {
      return await this.#database.ping();
    } catch (error) {
      log.error({ exception: stackOf(error) }, "readiness probe failed");
      return false;
    }
  }
}

/** Returns the routes; `metrics` is left out when it must not be shown. */
export function healthRoutes(database: Database, metrics: Metrics | undefined): Router {
  const router = exactRouter();
  const probe = new DatabaseProbe(database);

  router
    .route("/health/live")
    .get((_, response) => {
      response.json({ status: "ok" });
    })
    .all(methodNotAllowed);

  router
    .route("/health/ready")
    .get(async (_, response) => {
      const status = (await probe.ok()) ? "ok" : "unavailable";
      response.status(status === "ok" ? 200 : 503).json({ status, checks: { database: status } });
    })
    .all(methodNotAllowed);

  if (metrics) {
    router
      .route("/metrics")
      .get(async (_, response) => {
        response.type(metrics.contentType).send(await metrics.render());
      })
      .all(methodNotAllowed);
  }
  return router;
}
