/**
 * What Firebase documents of its tokens.
 *
 * https://firebase.google.com/docs/auth/admin/verify-id-tokens#verify_id_tokens_using_a_third-party_jwt_library
 * https://firebase.google.com/docs/rules/rules-and-auth
 */
import { EXAMPLE_AUDIENCE } from "../src/auth/provider.ts";
import type { Members } from "./issuer.ts";

export { ROLES_CLAIM } from "../src/auth/provider.ts";

export const ACCESS_TOKEN: Members = {
  sub: "ZGHiuBsPqGgT9Ra2JvMpF0vTgHn1",
  user_id: "ZGHiuBsPqGgT9Ra2JvMpF0vTgHn1",
  aud: EXAMPLE_AUDIENCE,
  auth_time: 1_640_991_600,
  email: "user@example.com",
  email_verified: true,
  firebase: { identities: { email: ["user@example.com"] }, sign_in_provider: "password" },
};
export const ALSO_ACCEPTED: Record<string, Members> = {
  "signed in by phone": {
    email: undefined,
    email_verified: undefined,
    phone_number: "+491701234567",
  },
};
export const REFUSED: Record<string, Members> = {
  "other project": {
    iss: "https://securetoken.google.com/other-project",
    aud: "other-project",
  },
  "audience of another project": { aud: "other-project" },
  "no audience": { aud: undefined },
  "session cookie": { iss: "https://session.firebase.google.com/example-project" },
  "Google ID token": { iss: "https://accounts.google.com", aud: "1.apps.example.com" },
  "issuer with slash": { iss: "https://securetoken.google.com/example-project/" },
};
export const ADMIN: Members = { role: "admin" };
export const NO_ADMINS: Members[] = [{ role: "user" }, { admin: true }, { role: true }];
export const WRONG_ISSUERS = [
  "example-project",
  "https://securetoken.google.com/",
  "https://securetoken.google.com/example-project/",
  "https://session.firebase.google.com/example-project",
];
