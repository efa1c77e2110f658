/** Opens the accounts for a command. */
import { Accounts } from "../auth/accounts.ts";
import { PasswordHasher } from "../auth/passwords.ts";
import { Database } from "../database.ts";
import { configureLogging } from "../logging.ts";
import { settingsOrExit } from "../settings.ts";
import { onDatabase } from "./on-database.ts";

/** Does the work and prints the sentence that it returns. */
export async function withAccounts(work: (accounts: Accounts) => Promise<string>): Promise<void> {
  const settings = settingsOrExit(
    "DATABASE_URL",
    "DATABASE_TIMEOUT_SECONDS",
    "LOG_FORMAT",
    "REFRESH_TOKEN_TTL_SECONDS",
    "SESSION_TTL_SECONDS",
    "REFRESH_REUSE_GRACE_SECONDS",
  );
  configureLogging({ level: "error", format: settings.LOG_FORMAT });
  const url = settings.DATABASE_URL.reveal();
  const database = new Database(url, {
    poolSize: 1,
    timeoutSeconds: settings.DATABASE_TIMEOUT_SECONDS,
  });
  const accounts = new Accounts(database, new PasswordHasher(), {
    refreshTtlSeconds: settings.REFRESH_TOKEN_TTL_SECONDS,
    sessionTtlSeconds: settings.SESSION_TTL_SECONDS,
    reuseGraceSeconds: settings.REFRESH_REUSE_GRACE_SECONDS,
  });
  try {
    await onDatabase(url, async () => [await work(accounts)]);
  } finally {
    await database.close();
  }
}
