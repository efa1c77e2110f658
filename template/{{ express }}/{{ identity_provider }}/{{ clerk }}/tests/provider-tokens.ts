/**
 * What Clerk documents of its session tokens, version 2.
 *
 * https://clerk.com/docs/guides/sessions/session-tokens
 */
import { EXAMPLE_AUDIENCE } from "../src/auth/provider.ts";
import type { Members } from "./issuer.ts";

export const ACCESS_TOKEN: Members = {
  sub: "user_123",
  azp: EXAMPLE_AUDIENCE,
  fva: [7, -1],
  jti: "a1b2c3d4e5f67890abcd",
  o: { id: "org_123", slg: "org-slug", rol: "member" },
  pla: "u:free",
  sid: "sess_123",
  sts: "active",
  v: 2,
};
export const ALSO_ACCEPTED: Record<string, Members> = {
  "without organization": { o: undefined },
  "without status": { sts: undefined },
};
export const REFUSED: Record<string, Members> = {
  "other origin": { azp: "https://evil.example.com" },
  subdomain: { azp: "https://user.app.example.com" },
  "list of origins": { azp: [EXAMPLE_AUDIENCE] },
  "no origin": { azp: undefined },
  "ID token": { azp: undefined, aud: "client_123", sid: undefined, o: undefined },
  "origin as audience": { azp: undefined, aud: EXAMPLE_AUDIENCE },
  pending: { sts: "pending" },
  "odd status": { sts: null },
  "other instance": { iss: "https://other.clerk.accounts.dev" },
  "issuer with slash": { iss: "https://example.clerk.accounts.dev/" },
};
// Of the public metadata, which users cannot change.
export const ROLES_CLAIM = "metadata.role";
export const ADMIN: Members = { metadata: { role: "admin" } };
export const NO_ADMINS: Members[] = [
  { o: { id: "org_123", slg: "org-slug", rol: "admin" } },
  { metadata: "admin" },
  { role: "admin" },
];
export const WRONG_ISSUERS = ["https://example.clerk.accounts.dev/", "example.clerk.accounts.dev"];
