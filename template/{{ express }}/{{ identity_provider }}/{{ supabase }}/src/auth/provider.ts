/**
 * Supabase: what its access tokens look like.
 *
 * https://supabase.com/docs/guides/auth/jwt-fields
 * https://supabase.com/docs/guides/auth/signing-keys
 */
import type { Settings } from "../settings.ts";
import { type Claims, texts } from "./claims.ts";

// Of asymmetric signing keys; a legacy JWT secret is HS256 and has to be rotated away first.
export const ALGORITHMS = ["ES256", "RS256"];
// Users cannot change their `app_metadata`, in contrast to their `user_metadata`.
export const ROLES_CLAIM = "app_metadata.role";

export const ISSUER = /^https?:\/\/[^?#\s]+\/auth\/v1$/;
export const EXAMPLE_ISSUER = "https://example.supabase.co/auth/v1";
export const EXAMPLE_AUDIENCE = "authenticated";

/**
 * Tells whether the token is of a user who has signed in.
 *
 * Anonymous users have the same audience and role:
 * https://supabase.com/docs/guides/auth/auth-anonymous
 */
export function accepts({ aud, is_anonymous = false }: Claims, settings: Settings): boolean {
  if (is_anonymous !== false && !settings.OIDC_ALLOW_ANONYMOUS) return false;
  return texts(aud).some((audience) => settings.OIDC_AUDIENCE.includes(audience));
}
