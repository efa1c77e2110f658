/**
 * What Auth0 documents of its tokens.
 *
 * https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles
 * https://auth0.com/docs/secure/tokens/id-tokens/id-token-structure
 */
import { EXAMPLE_AUDIENCE } from "../src/auth/provider.ts";
import type { Members } from "./issuer.ts";

export { ROLES_CLAIM } from "../src/auth/provider.ts";

export const ACCESS_TOKEN: Members = {
  sub: "auth0|123456",
  aud: [EXAMPLE_AUDIENCE, "https://example.eu.auth0.com/userinfo"],
  azp: "my_client_id",
  scope: "openid profile read:patients read:admin",
  permissions: ["read:patients"],
};
export const ALSO_ACCEPTED: Record<string, Members> = {
  machine: { sub: "my_client_id@clients", aud: EXAMPLE_AUDIENCE, gty: "client-credentials" },
  "RFC 9068 profile": {
    azp: undefined,
    client_id: "my_client_id",
    jti: "73WakrfVbNJBaAmhQtEeDv",
  },
};
export const REFUSED: Record<string, Members> = {
  "ID token": { aud: "my_client_id", azp: undefined, scope: undefined, nonce: "n-0S6_WzA2Mj" },
  "other API": { aud: ["https://other.example.com", "https://example.eu.auth0.com/userinfo"] },
  "no audience": { aud: undefined },
  "other tenant": { iss: "https://other.eu.auth0.com/" },
  "issuer without slash": { iss: "https://example.eu.auth0.com" },
};
export const ADMIN: Members = { permissions: ["read:patients", "admin"] };
export const NO_ADMINS: Members[] = [{ permissions: ["read:admin"] }, { permissions: undefined }];
export const WRONG_ISSUERS = [
  "https://example.eu.auth0.com",
  "example.eu.auth0.com/",
  "https://a.example/b/",
];
