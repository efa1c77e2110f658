/**
 * What the standards say about tokens.
 *
 * Access token: RFC 9068 §2.2, ID token: OpenID Connect Core 1.0 §2.
 */
import { EXAMPLE_AUDIENCE } from "../src/auth/provider.ts";
import type { Members } from "./issuer.ts";

export { ROLES_CLAIM } from "../src/auth/provider.ts";

export const ACCESS_TOKEN: Members = {
  sub: "5ba552d67",
  aud: EXAMPLE_AUDIENCE,
  client_id: "s6BhdRkqt3",
  jti: "dbe39bf3a3ba4238a513f51d6e1691c4",
  scope: "openid profile reademail",
};
export const ALSO_ACCEPTED: Record<string, Members> = {
  "two audiences": { aud: ["https://other.example.com", EXAMPLE_AUDIENCE] },
};
export const REFUSED: Record<string, Members> = {
  "ID token": { aud: "s6BhdRkqt3", client_id: undefined, nonce: "n-0S6_WzA2Mj" },
  "other service": { aud: "https://other.example.com" },
  "part of the audience": { aud: "https://api.example.co" },
  "no audience": { aud: undefined },
  "empty audience": { aud: [] },
  "odd audience": { aud: { 0: EXAMPLE_AUDIENCE } },
  "other issuer": { iss: "https://other.example.com" },
  "issuer with slash": { iss: "https://issuer.example.com/" },
};
export const ADMIN: Members = { roles: ["user", "admin"] };
export const NO_ADMINS: Members[] = [{ roles: ["administrator"] }, { roles: { admin: true } }];
export const WRONG_ISSUERS = [
  "issuer.example.com",
  "https://issuer.example.com?tenant=1",
  "https://",
];
