/** How commands work on the database, and end with a sentence when they cannot go on. */
import { addressOf } from "../database.ts";
import { DatabaseUnavailable } from "../outages.ts";
import { Refusal } from "../refusal.ts";

const EX_UNAVAILABLE = 69; // sysexits.h: a service is unavailable

/** Does the work and prints the lines that it returns. */
export async function onDatabase(url: string, work: () => Promise<string[]>): Promise<void> {
  try {
    for (const line of await work()) console.log(line);
  } catch (error) {
    if (error instanceof DatabaseUnavailable) {
      console.error(`The database at ${addressOf(url)} cannot be reached: ${error.reason}`);
      process.exitCode = EX_UNAVAILABLE;
    } else if (error instanceof Refusal) {
      console.error(error.message);
      process.exitCode = 1;
    } else throw error;
  }
}
