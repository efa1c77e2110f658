/** Outages of the database: an error for clients, and its reason for operators. */
import { log } from "./logging.ts";
import { Unavailable } from "./problems.ts";

const LONGEST_REASON = 200; // characters
const URL_IN_TEXT = /\b[a-z][a-z+]*:\/\/\S+/gi;

/** The database does not do its work at the moment. Clients never see the reason. */
export class DatabaseUnavailable extends Unavailable {
  /** What the driver said: one line without any URL, which might hold a password. */
  readonly reason: string;

  constructor(error: unknown) {
    super();
    this.cause = error;
    this.reason = messageOf(error)
      .replaceAll(URL_IN_TEXT, "[URL]")
      .replaceAll(/\s+/g, " ")
      .slice(0, LONGEST_REASON);
  }
}

/** Logs what the driver said, and returns the error for the client. */
export function reported(error: unknown): DatabaseUnavailable {
  const outage = new DatabaseUnavailable(error);
  log.warning({ error: nameOf(error), reason: outage.reason }, "database unavailable");
  return outage;
}

/** Tells whether the work can be done; logs why not. */
export async function succeeds(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable)) reported(error);
    return false;
  }
}

/** Returns the code of the server or the system, such as 28P01 or ECONNREFUSED, or the class. */
function nameOf(error: unknown): string | number {
  if (error instanceof AggregateError) return nameOf(error.errors.at(-1));
  const { code, name } = error as NodeJS.ErrnoException;
  return code ?? name;
}

/** Returns the message; Node and our pool put several attempts into one `AggregateError`. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) {
    return [...new Set(error.errors.map(messageOf))].join("; ");
  }
  return error instanceof Error ? error.message : String(error);
}
