/** The service under test: the real application on a port, with a database of its own. */
import assert from "node:assert/strict";
import type { AddressInfo, Server } from "node:net";
import supertest from "supertest";
import { createApp } from "../src/app.ts";
import { httpServer } from "../src/http.ts";
import { configureLogging } from "../src/logging.ts";
import { InvalidSettings, loadSettings, type Settings } from "../src/settings.ts";
import { freshDatabase } from "./database.ts";
import { IDENTITY } from "./identity.ts";

configureLogging({ level: "error", format: "json" });

/** What every service under test is started with; limits would make tests depend on each other. */
export const ENVIRONMENT = {
  APP_ENV: "test",
  RATE_LIMIT_DEFAULT: "off",
  ...IDENTITY,
};

export interface Service {
  settings: Settings;
  port: number;
  request: ReturnType<typeof supertest>;
  close: () => Promise<void>;
}

/** Returns the settings with these variables besides the usual ones. */
export function settingsOf(variables: NodeJS.Dict<string> = {}): Settings {
  return loadSettings({
    ...ENVIRONMENT,
    DATABASE_URL: process.env.DATABASE_URL,
    ...variables,
  });
}

/** Returns what is wrong with the settings after these changes. */
export function problemsOf(variables: NodeJS.Dict<string>): string[] {
  try {
    settingsOf(variables);
    return [];
  } catch (error) {
    assert.ok(error instanceof InvalidSettings);
    return error.problems;
  }
}

/** Starts the application with these variables besides the usual ones. */
export async function startService(variables: NodeJS.Dict<string> = {}): Promise<Service> {
  const DATABASE_URL = variables.DATABASE_URL ?? (await freshDatabase());
  const settings = settingsOf({ ...variables, DATABASE_URL });
  const { app, close } = createApp(settings);
  const { server } = httpServer(app, {
    timeoutSeconds: settings.REQUEST_TIMEOUT_SECONDS,
    bodyBytes: settings.MAX_BODY_BYTES,
  });
  await listening(server.listen(0, "127.0.0.1"));
  return {
    settings,
    port: (server.address() as AddressInfo).port,
    request: supertest(server),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await close();
    },
  };
}

/** Starts the application for the time of the work. */
export async function withService<T>(
  variables: NodeJS.Dict<string>,
  work: (service: Service) => Promise<T>,
): Promise<T> {
  const service = await startService(variables);
  try {
    return await work(service);
  } finally {
    await service.close();
  }
}

/** Returns the server once it listens. */
export async function listening<Some extends Server>(server: Some): Promise<Some> {
  if (!server.listening) await new Promise((resolve) => server.once("listening", resolve));
  return server;
}
