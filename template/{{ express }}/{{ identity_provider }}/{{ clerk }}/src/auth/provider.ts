/**
 * Clerk: what its session tokens look like.
 *
 * https://clerk.com/docs/guides/sessions/session-tokens
 * https://clerk.com/docs/guides/sessions/manual-jwt-verification
 */
import type { Settings } from "../settings.ts";
import type { Claims } from "./claims.ts";

export const ALGORITHMS = ["RS256"];
// Nobody is an admin until OIDC_ROLES_CLAIM names a claim. `o.rol`, the role in the active
// organization, is no default: whoever creates an organization is its admin.
export const ROLES_CLAIM = "";

// The Frontend API URL, which has no path.
export const ISSUER = /^https?:\/\/[^/?#\s]+$/;
export const EXAMPLE_ISSUER = "https://example.clerk.accounts.dev";
export const EXAMPLE_AUDIENCE = "https://app.example.com";

/**
 * Tells whether the token is of a session that began at one of our origins.
 *
 * Session tokens have no `aud`. The status `pending` is that of a user who still has to do
 * something, such as to choose an organization.
 */
export function accepts({ azp, sts = "active" }: Claims, { OIDC_AUDIENCE }: Settings): boolean {
  return typeof azp === "string" && OIDC_AUDIENCE.includes(azp) && sts === "active";
}
