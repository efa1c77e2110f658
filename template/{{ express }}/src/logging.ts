/** Logs: one JSON object a line on stdout. */
import { AsyncLocalStorage } from "node:async_hooks";
import { inspect } from "node:util";
import { destination, pino } from "pino";

export interface LoggingOptions {
  level: "debug" | "info" | "warning" | "error";
  format: "json" | "console";
}

/** What every line holds that is written while a request is served. */
export const requestLog = new AsyncLocalStorage<{ request_id: string }>();

const stdout = destination({ dest: 1, sync: true });
let format: LoggingOptions["format"] = "json";

export const log = pino(
  {
    base: null,
    messageKey: "message",
    customLevels: { warning: 40 },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (level) => ({ level }) },
    mixin: () => ({ ...requestLog.getStore() }),
  },
  { write: (line: string) => stdout.write(format === "json" ? line : readable(line)) },
);

/** Sets how much is logged, and for whom: `json` for programs, `console` for people. */
export function configureLogging(options: LoggingOptions): void {
  log.level = options.level;
  format = options.format;
}

/** Returns the stack of anything that was thrown. */
export function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : inspect(error);
}

function readable(line: string): string {
  const { time, level, message, exception, ...rest } = JSON.parse(line);
  const values = Object.entries(rest).map(([key, value]) => `${key}=${inspect(value)}`);
  const text = [time.slice(11, 23), level.padEnd(7), message, ...values].join(" ");
  return exception ? `${text}\n${exception}\n` : `${text}\n`;
}
