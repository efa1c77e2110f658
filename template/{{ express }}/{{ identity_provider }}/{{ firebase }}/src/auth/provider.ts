/**
 * Firebase: what its ID tokens look like, which are what it has for access.
 *
 * https://firebase.google.com/docs/auth/admin/verify-id-tokens#verify_id_tokens_using_a_third-party_jwt_library
 */
import type { Settings } from "../settings.ts";
import { type Claims, texts } from "./claims.ts";

// The emulator does not sign at all, so its tokens are refused.
export const ALGORITHMS = ["RS256"];
// A custom claim: https://firebase.google.com/docs/auth/admin/custom-claims
export const ROLES_CLAIM = "role";

// The project id is what it ends with.
export const ISSUER = /^https:\/\/securetoken\.google\.com\/[a-z][a-z0-9-]*$/;
export const EXAMPLE_ISSUER = "https://securetoken.google.com/example-project";
export const EXAMPLE_AUDIENCE = "example-project";

/** Tells whether the token is for this project. */
export function accepts({ aud }: Claims, { OIDC_AUDIENCE }: Settings): boolean {
  return texts(aud).some((audience) => OIDC_AUDIENCE.includes(audience));
}
