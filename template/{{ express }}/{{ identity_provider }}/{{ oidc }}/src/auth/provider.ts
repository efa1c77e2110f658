/** The OpenID Connect issuer: what its access tokens look like (RFC 9068). */
import type { Settings } from "../settings.ts";
import { type Claims, texts } from "./claims.ts";

// Asymmetric ones only: a key that verifies must not be a key that signs.
export const ALGORITHMS = ["RS256", "ES256", "EdDSA"];
export const ROLES_CLAIM = "roles"; // RFC 9068 §2.2.3.1

export const ISSUER = /^https?:\/\/[^?#\s]+$/;
export const EXAMPLE_ISSUER = "https://issuer.example.com";
export const EXAMPLE_AUDIENCE = "https://api.example.com";

/** Tells whether the token is for this service: an ID token is for the client instead. */
export function accepts({ aud }: Claims, { OIDC_AUDIENCE }: Settings): boolean {
  return texts(aud).some((audience) => OIDC_AUDIENCE.includes(audience));
}
