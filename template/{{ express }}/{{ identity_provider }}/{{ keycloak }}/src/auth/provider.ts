/**
 * Keycloak: what its access tokens look like.
 *
 * https://www.keycloak.org/docs/latest/server_admin/#_audience
 * https://www.keycloak.org/securing-apps/oidc-layers
 */
import { SLUG } from "../about.ts";
import type { Settings } from "../settings.ts";
import { type Claims, texts } from "./claims.ts";

export const ALGORITHMS = ["RS256"];
export const ROLES_CLAIM = "realm_access.roles";

export const ISSUER = /^https?:\/\/[^?#\s]+\/realms\/[^/?#\s]+$/;
export const EXAMPLE_ISSUER = "https://keycloak.example.com/realms/example";
export const EXAMPLE_AUDIENCE = "example-api";
// What compose.keycloak.yaml starts; the audience is what the mapper of its client adds.
export const DEVELOPMENT_REALM = {
  OIDC_ISSUER: `http://localhost:8080/realms/${SLUG}`,
  OIDC_AUDIENCE: SLUG,
};

/**
 * Tells whether this is an access token for this service, or else of this client.
 *
 * An audience mapper adds the service to `aud`; without one `azp` names the client that the token
 * was made for. The type tells an access token from an ID token, whose header is the same.
 */
export function accepts({ typ, aud, azp }: Claims, { OIDC_AUDIENCE }: Settings): boolean {
  const meantFor = [...texts(aud), ...texts(azp)];
  return typ === "Bearer" && meantFor.some((audience) => OIDC_AUDIENCE.includes(audience));
}
