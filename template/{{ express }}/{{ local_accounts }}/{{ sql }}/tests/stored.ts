/** What the database holds of accounts: what no client can see or change. */
import { execute } from "./database.ts";

/** Returns the hash of the account's password. */
export async function storedHash(url: string, email: string): Promise<string> {
  const { rows } = await execute(url, `select password_hash from users where email = '${email}'`);
  return (rows[0] as { password_hash: string }).password_hash;
}

export async function replaceHash(url: string, email: string, hash: string): Promise<void> {
  await execute(url, `update users set password_hash = '${hash}' where email = '${email}'`);
}

/** Returns the hash of each refresh token, in hexadecimal digits. */
export async function storedTokenHashes(url: string): Promise<string[]> {
  const { rows } = await execute(url, "select token_hash from refresh_tokens");
  return rows.map((row) => (row as { token_hash: Buffer }).token_hash.toString("hex"));
}

/** Makes the sessions as they were before their start was stored. */
export async function forgetSessionStarts(url: string): Promise<void> {
  await execute(url, "update refresh_tokens set family_started_at = null");
}

/** Makes every token last for long, as if the settings had been other ones. */
export async function extendTokens(url: string): Promise<void> {
  await execute(url, "update refresh_tokens set expires_at = '2099-01-01T00:00:00.000Z'");
}
