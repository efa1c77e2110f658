/** Access tokens: signed, short-lived, verified without a database (RFC 9068). */
import { createHash, createSecretKey, type KeyObject, randomBytes, randomUUID } from "node:crypto";
import { errors, type JWTPayload, jwtVerify, SignJWT } from "jose";
import { validate as isUuid } from "uuid";
import { SLUG } from "../about.ts";
import { InvalidToken } from "../problems.ts";
import type { Secret } from "../secret.ts";
import { ROLES, type Role, type Subject } from "./subject.ts";
import { checkTimes, LEEWAY_SECONDS } from "./times.ts";

const ALGORITHM = "HS256";
const TYPE = "at+jwt";
const CLAIMS = ["iss", "aud", "sub", "iat", "exp", "jti", "role"];
const REFRESH_TOKEN_BYTES = 32;

/** Signs and verifies the access tokens of this service. */
export class AccessTokens {
  readonly ttlSeconds: number;
  readonly #key: KeyObject;

  constructor(key: Secret, ttlSeconds: number) {
    this.#key = createSecretKey(Buffer.from(key.reveal()));
    this.ttlSeconds = ttlSeconds;
  }

  /** Returns a token for the user. */
  sign(userId: string, role: Role): Promise<string> {
    const now = seconds();
    return new SignJWT({ role })
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
      .setIssuer(SLUG)
      .setAudience(SLUG)
      .setSubject(userId)
      .setIssuedAt(now)
      .setExpirationTime(now + this.ttlSeconds)
      .setJti(randomUUID())
      .sign(this.#key);
  }

  /** Returns whom the token stands for; throws `InvalidToken` for any that we did not sign. */
  async verify(token: string): Promise<Subject> {
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        algorithms: [ALGORITHM],
        // Without the type, any other token that this key signs would do (RFC 9068 §4).
        typ: TYPE,
        issuer: SLUG,
        audience: SLUG,
        requiredClaims: CLAIMS,
        clockTolerance: LEEWAY_SECONDS,
      });
      checkTimes(payload);
      return subjectOf(payload);
    } catch (error) {
      if (error instanceof errors.JOSEError) throw new InvalidToken();
      throw error;
    }
  }
}

function subjectOf({ sub, role }: JWTPayload): Subject {
  const known = ROLES.find((name) => name === role);
  if (!known || !isUuid(sub)) throw new InvalidToken();
  return { id: String(sub).toLowerCase(), role: known };
}

/** Returns a token that nobody can guess. */
export function newRefreshToken(): string {
  return randomBytes(REFRESH_TOKEN_BYTES).toString("base64url");
}

/** Returns what is stored: a stolen database gives no tokens. No salt: the token is random. */
export function refreshTokenHash(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
