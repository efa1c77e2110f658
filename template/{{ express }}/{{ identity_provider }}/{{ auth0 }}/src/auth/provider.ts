/**
 * Auth0: what its access tokens look like.
 *
 * https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles
 * https://auth0.com/docs/secure/tokens/access-tokens/validate-access-tokens
 */
import type { Settings } from "../settings.ts";
import { type Claims, texts } from "./claims.ts";

// The default signing algorithm of an API. HS256 would need a secret of the tenant here:
// https://auth0.com/docs/get-started/applications/signing-algorithms
export const ALGORITHMS = ["RS256"];
// With "Add Permissions in the Access Token":
// https://auth0.com/docs/get-started/apis/enable-role-based-access-control-for-apis
export const ROLES_CLAIM = "permissions";

// The slash at its end is part of the issuer.
export const ISSUER = /^https?:\/\/[^/?#\s]+\/$/;
export const EXAMPLE_ISSUER = "https://example.eu.auth0.com/";
export const EXAMPLE_AUDIENCE = "https://api.example.com";

/** Tells whether the token is for this API: an ID token is for the application instead. */
export function accepts({ aud }: Claims, { OIDC_AUDIENCE }: Settings): boolean {
  return texts(aud).some((audience) => OIDC_AUDIENCE.includes(audience));
}
