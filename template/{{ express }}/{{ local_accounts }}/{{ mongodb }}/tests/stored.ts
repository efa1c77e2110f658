/** What the database holds of accounts: what no client can see or change. */
import { withDatabase } from "./database.ts";

/** Returns the hash of the account's password. */
export async function storedHash(url: string, email: string): Promise<string> {
  const user = await withDatabase(url, (db) => db.collection("users").findOne({ email }));
  return user?.password_hash;
}

export async function replaceHash(url: string, email: string, hash: string): Promise<void> {
  const change = { $set: { password_hash: hash } };
  await withDatabase(url, (db) => db.collection("users").updateOne({ email }, change));
}

/** Returns the hash of each refresh token, in hexadecimal digits. */
export async function storedTokenHashes(url: string): Promise<string[]> {
  const families = await withDatabase(url, (db) =>
    db.collection("refresh_families").find().toArray(),
  );
  return families.map(({ token_hash }) => token_hash.toString("hex"));
}

/** Makes the sessions as they were before their start was stored. */
export async function forgetSessionStarts(url: string): Promise<void> {
  const change = { $unset: { family_started_at: "" } } as const;
  await withDatabase(url, (db) => db.collection("refresh_families").updateMany({}, change));
}

/** Makes every token last for long, as if the settings had been other ones. */
export async function extendTokens(url: string): Promise<void> {
  const change = { $set: { expires_at: new Date("2099-01-01") } };
  await withDatabase(url, (db) => db.collection("refresh_families").updateMany({}, change));
}
