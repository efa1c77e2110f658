/**
 * What Supabase documents of its tokens.
 *
 * https://supabase.com/docs/guides/auth/jwt-fields
 */
import type { Members } from "./issuer.ts";

export { ROLES_CLAIM } from "../src/auth/provider.ts";

export const ACCESS_TOKEN: Members = {
  sub: "123e4567-e89b-12d3-a456-426614174000",
  aud: "authenticated",
  role: "authenticated",
  aal: "aal1",
  session_id: "123e4567-e89b-12d3-a456-426614174001",
  email: "user@example.com",
  phone: "",
  is_anonymous: false,
  app_metadata: { provider: "email", providers: ["email"] },
  user_metadata: { role: "admin" },
  amr: [{ method: "password", timestamp: 1_640_991_600 }],
};
export const ALSO_ACCEPTED: Record<string, Members> = {
  "custom token": { is_anonymous: undefined, email: undefined, app_metadata: undefined },
};
export const REFUSED: Record<string, Members> = {
  "anonymous user": { is_anonymous: true },
  "anonymous in another spelling": { is_anonymous: "true" },
  "anonymous key": { aud: "anon", role: "anon" },
  "ID token": { aud: "9a8b7c6d-5e4f-3a2b-1c0d-9e8f7a6b5c4d" },
  "no audience": { aud: undefined },
  "other project": { iss: "https://other.supabase.co/auth/v1" },
  "issuer with slash": { iss: "https://example.supabase.co/auth/v1/" },
};
export const ADMIN: Members = { app_metadata: { provider: "email", role: "admin" } };
export const NO_ADMINS: Members[] = [
  { role: "admin" },
  { user_metadata: { role: "admin" } },
  { app_metadata: "admin" },
];
export const WRONG_ISSUERS = [
  "https://example.supabase.co",
  "https://example.supabase.co/auth/v1/",
  "example.supabase.co/auth/v1",
];
