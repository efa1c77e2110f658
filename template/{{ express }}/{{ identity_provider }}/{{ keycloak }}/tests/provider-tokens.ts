/**
 * What the tokens of Keycloak look like: those of its version 26 with default client scopes.
 *
 * https://www.keycloak.org/docs/latest/server_admin/#_audience
 * https://www.keycloak.org/docs/latest/server_admin/#_client_scopes
 */
import { EXAMPLE_AUDIENCE } from "../src/auth/provider.ts";
import type { Members } from "./issuer.ts";

export { ROLES_CLAIM } from "../src/auth/provider.ts";

export const ACCESS_TOKEN: Members = {
  sub: "6a9b8f2c-0d43-4a69-9f4e-0a1f5e1c8d77",
  typ: "Bearer",
  aud: [EXAMPLE_AUDIENCE, "account"],
  azp: "web",
  jti: "onrtac:2f1b0c4e-1d1f-4a37-9a31-5f1f2d5c9b10",
  sid: "b0e0a9c5-6d65-4d6e-8c1c-1a7f4a9f0d55",
  acr: "1",
  scope: "openid profile email",
  realm_access: { roles: ["offline_access", "default-roles-example", "uma_authorization"] },
  resource_access: { account: { roles: ["manage-account", "view-profile"] } },
  email: "user@example.com",
  email_verified: true,
  preferred_username: "user",
};
export const ALSO_ACCEPTED: Record<string, Members> = {
  "one audience": { aud: EXAMPLE_AUDIENCE },
  "client of its own, without mapper": { aud: "account", azp: EXAMPLE_AUDIENCE },
  "client of its own, without roles": { aud: undefined, azp: EXAMPLE_AUDIENCE },
};
export const REFUSED: Record<string, Members> = {
  "ID token": { typ: "ID" },
  "ID token of our own client": { typ: "ID", aud: EXAMPLE_AUDIENCE, azp: EXAMPLE_AUDIENCE },
  "no type": { typ: undefined },
  "other client": { aud: "account" },
  "no audience": { aud: undefined },
  "other realm": { iss: "https://keycloak.example.com/realms/other" },
  "other host": { iss: "https://keycloak.internal/realms/example" },
  "issuer with slash": { iss: "https://keycloak.example.com/realms/example/" },
};
export const ADMIN: Members = { realm_access: { roles: ["default-roles-example", "admin"] } };
export const NO_ADMINS: Members[] = [
  { realm_access: undefined },
  { realm_access: ["admin"] },
  { resource_access: { "realm-management": { roles: ["admin"] } } },
];
export const WRONG_ISSUERS = [
  "https://keycloak.example.com",
  "https://keycloak.example.com/realms/example/",
  "keycloak.example.com/realms/example",
];
