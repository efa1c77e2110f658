/** Who calls: subjects with a token of the identity provider. */
import { randomUUID } from "node:crypto";
import { ALGORITHMS, EXAMPLE_AUDIENCE, EXAMPLE_ISSUER } from "../src/auth/provider.ts";
import { Issuer, type Members } from "./issuer.ts";
import { ACCESS_TOKEN } from "./provider-tokens.ts";

export const issuer = await Issuer.start(String(ALGORITHMS[0]));

/** The variables that a service needs to know its callers. */
export const IDENTITY = {
  OIDC_ISSUER: EXAMPLE_ISSUER,
  OIDC_AUDIENCE: EXAMPLE_AUDIENCE,
  OIDC_JWKS_URL: issuer.jwksUrl,
};

export interface Caller {
  id: string;
  headers: { Authorization: string };
}

/** Returns the claims of a good token; a change to undefined leaves a claim out. */
export function claims(changes: Members = {}): Members {
  return { iss: EXAMPLE_ISSUER, ...ACCESS_TOKEN, ...lifetime({ iat: 0, exp: 300 }), ...changes };
}

/** Returns the claims about time, in seconds from now. */
export function lifetime(offsets: Record<string, number>): Members {
  const now = Math.floor(Date.now() / 1000);
  return Object.fromEntries(Object.entries(offsets).map(([name, offset]) => [name, now + offset]));
}

/** Returns the headers of a caller with these claims. */
export function headersOf(changes: Members = {}): Caller["headers"] {
  return { Authorization: `Bearer ${issuer.key.sign(claims(changes))}` };
}

/** Returns a signed-in caller whom nobody has seen before. */
export async function newCaller(): Promise<Caller> {
  const id = randomUUID();
  return { id, headers: headersOf({ sub: id }) };
}
