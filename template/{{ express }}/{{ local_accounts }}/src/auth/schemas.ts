/** What clients send and get when they sign up and sign in. */
import { z } from "zod";
import { codePoints, type Fault, text, tooLong } from "../types.ts";
import { isEndless, normalise } from "./passwords.ts";

// The common subset of RFC 5321 addresses: ASCII, no quoted local part, no comments, a dot in the
// domain. Only a message that arrives proves more.
const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
const EMAIL = new RegExp(`^(?=.{1,64}@)${ATOM}(?:\\.${ATOM})*@${LABEL}(?:\\.${LABEL})+$`);
const LONGEST_EMAIL = 254;
const SHORTEST_PASSWORD = 12;
const LONGEST_PASSWORD = 128;
const LONGEST_TOKEN = 512;

const Email = text(
  (value) =>
    tooLong(value, LONGEST_EMAIL) ??
    (EMAIL.test(value) ? undefined : "must be an e-mail address such as ada@example.com"),
)
  .transform((value) => value.toLowerCase())
  .meta({ maxLength: LONGEST_EMAIL });

/** Any characters; no database takes U+0000 in text. */
function opaque(fault: Fault = () => undefined) {
  return text((value) =>
    value.includes("\0") ? "must not contain the character U+0000" : fault(value),
  );
}

const Password = opaque();

const NewPassword = opaque((value) => {
  const length = isEndless(value) ? Number.POSITIVE_INFINITY : codePoints(normalise(value));
  return length < SHORTEST_PASSWORD || length > LONGEST_PASSWORD
    ? `must have ${SHORTEST_PASSWORD} to ${LONGEST_PASSWORD} characters`
    : undefined;
});

const RefreshToken = opaque((value) =>
  value === "" ? "must have at least 1 characters" : tooLong(value, LONGEST_TOKEN),
).meta({ minLength: 1, maxLength: LONGEST_TOKEN });

export const Registration = z
  .strictObject({ email: Email, password: NewPassword })
  .meta({ id: "Registration", description: "A new account." });

export const Credentials = z.strictObject({ email: Email, password: Password }).meta({
  id: "Credentials",
  description: "What proves who somebody is. No policy here: a short password is a wrong one.",
});

export const RefreshRequest = z.strictObject({ refresh_token: RefreshToken }).meta({
  id: "RefreshRequest",
  description: "A refresh token, to be exchanged or to be ended.",
});

export const PasswordChange = z
  .strictObject({ current_password: Password, new_password: NewPassword })
  .meta({
    id: "PasswordChange",
    description: "A new password, and proof that the caller knows the old one.",
  });

export const TokenPair = z
  .object({
    access_token: z.string(),
    token_type: z.literal("Bearer"),
    expires_in: z.int(),
    refresh_token: z.string(),
  })
  .meta({
    id: "TokenPair",
    description: "An access token for requests, and a refresh token for the next pair.",
  });
