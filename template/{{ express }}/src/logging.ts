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

// Lines that cannot be written are kept up to here, and then dropped.
const MOST_UNWRITTEN = 1_000_000; // characters
const MOST_CAUSES = 10; // two errors may name each other

const stdout = destination({ dest: 1, sync: true, maxLength: MOST_UNWRITTEN });
// A full disk or a terminal that is gone is no reason to end.
stdout.on("error", () => undefined);
let format: LoggingOptions["format"] = "json";

export const log = pino(
  {
    base: null,
    messageKey: "message",
    customLevels: { warning: 40, critical: 60 },
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

/** Returns the stack of anything that was thrown, and those of its causes. */
export function stackOf(error: unknown, causes = MOST_CAUSES): string {
  if (!(error instanceof Error)) return inspect(error);
  const stack = error.stack ?? error.message;
  if (error.cause === undefined || causes === 0) return stack;
  return `${stack}\ncaused by: ${stackOf(error.cause, causes - 1)}`;
}

function readable(line: string): string {
  const { time, level, message, exception, ...rest } = JSON.parse(line);
  const values = Object.entries(rest).map(([key, value]) => `${key}=${inspect(value)}`);
  const text = [time.slice(11, 23), level.padEnd(7), message, ...values].join(" ");
  return exception ? `${text}\n${exception}\n` : `${text}\n`;
}
