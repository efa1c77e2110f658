/**
 * What Amazon Cognito documents of its tokens.
 *
 * https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
 * https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html
 */
import { EXAMPLE_AUDIENCE, EXAMPLE_ISSUER } from "../src/auth/provider.ts";
import type { Members } from "./issuer.ts";

export { ROLES_CLAIM } from "../src/auth/provider.ts";

export const ACCESS_TOKEN: Members = {
  sub: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
  device_key: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
  "cognito:groups": ["testgroup"],
  version: 2,
  client_id: EXAMPLE_AUDIENCE,
  origin_jti: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
  event_id: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
  token_use: "access",
  scope: "phone openid profile resourceserver.1/appclient2 email",
  auth_time: 1_676_313_851,
  jti: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
  username: "my-test-user",
};
export const ALSO_ACCEPTED: Record<string, Members> = {
  "bound to a resource": { aud: "https://api.example.com" },
  "without groups": { "cognito:groups": undefined },
};
export const REFUSED: Record<string, Members> = {
  "ID token": { token_use: "id", client_id: undefined, aud: EXAMPLE_AUDIENCE },
  "ID token with a client": { token_use: "id" },
  "no use": { token_use: undefined },
  "other app client": { client_id: "1other23456789" },
  "list of app clients": { client_id: [EXAMPLE_AUDIENCE] },
  "no app client": { client_id: undefined, aud: EXAMPLE_AUDIENCE },
  "other pool": { iss: EXAMPLE_ISSUER.replace("Example", "Another") },
  "issuer with slash": { iss: `${EXAMPLE_ISSUER}/` },
};
export const ADMIN: Members = { "cognito:groups": ["testgroup", "admin"] };
export const NO_ADMINS: Members[] = [
  { "cognito:groups": ["admins"] },
  { cognito: { groups: "admin" } },
  { "custom:role": "admin" },
];
export const WRONG_ISSUERS = [
  "eu-west-1_Example12",
  `${EXAMPLE_ISSUER}/`,
  "https://cognito-idp.eu-west-1.amazonaws.com/us-east-1_Example12",
  "https://auth.example.com",
];
