/** Opens the accounts for a command. */
import { Accounts } from "../auth/accounts.ts";
import { PasswordHasher } from "../auth/passwords.ts";
import { Database } from "../database.ts";
import { configureLogging } from "../logging.ts";
import { Unavailable } from "../problems.ts";
import { settingsOrExit } from "../settings.ts";

/** Returns what the work returns; exits with a sentence when the database cannot be reached. */
export async function withAccounts<T>(work: (accounts: Accounts) => Promise<T>): Promise<T> {
  const settings = settingsOrExit();
  configureLogging({ level: "error", format: settings.LOG_FORMAT });
  const database = new Database(settings.DATABASE_URL.reveal(), {
    poolSize: 1,
    timeoutSeconds: settings.DATABASE_TIMEOUT_SECONDS,
  });
  const accounts = new Accounts(database, new PasswordHasher(), {
    refreshTtlSeconds: settings.REFRESH_TOKEN_TTL_SECONDS,
    reuseGraceSeconds: settings.REFRESH_REUSE_GRACE_SECONDS,
  });
  try {
    return await work(accounts);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    console.error("The database cannot be reached.");
    process.exit(1);
  } finally {
    await database.close();
  }
}
