/** Who calls: signed-in users for every test, without an account in the database. */
import { randomUUID } from "node:crypto";
import { AccessTokens } from "../src/auth/tokens.ts";
import { Secret } from "../src/secret.ts";

const KEY = "a-key-of-the-tests-and-of-nobody-else";

/** The variables that a service needs to know its callers. */
export const IDENTITY = { AUTH_SECRET_KEY: KEY, RATE_LIMIT_AUTH: "off" };

export interface Caller {
  id: string;
  headers: { Authorization: string };
}

const tokens = new AccessTokens(new Secret(KEY), 900);

/** Returns a signed-in caller whom nobody has seen before. */
export async function newCaller(): Promise<Caller> {
  const id = randomUUID();
  return { id, headers: { Authorization: `Bearer ${await tokens.sign(id, "user")}` } };
}
