/**
 * Amazon Cognito: what the access tokens of a user pool look like.
 *
 * https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
 * https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
 */
import type { Settings } from "../settings.ts";
import type { Claims } from "./claims.ts";

export const ALGORITHMS = ["RS256"];
export const ROLES_CLAIM = "cognito:groups";

export const ISSUER =
  /^https:\/\/cognito-idp\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/\1_[0-9A-Za-z]+$/;
export const EXAMPLE_ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Example12";
export const EXAMPLE_AUDIENCE = "1example23456789";

/**
 * Tells whether this is an access token that was made for one of our app clients.
 *
 * Access tokens need no `aud`. ID tokens come from the same issuer, for another use.
 */
export function accepts({ token_use, client_id }: Claims, { OIDC_AUDIENCE }: Settings): boolean {
  return (
    token_use === "access" && typeof client_id === "string" && OIDC_AUDIENCE.includes(client_id)
  );
}
