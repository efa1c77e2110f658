/** Access tokens of the identity provider, verified here with the keys that it publishes. */
import { errors, jwtVerify } from "jose";
import { InvalidToken } from "../problems.ts";
import type { Settings } from "../settings.ts";
import { type Claims, claimAt, texts } from "./claims.ts";
import type { SigningKeys } from "./keys.ts";
import { ALGORITHMS, accepts } from "./provider.ts";
import type { Subject } from "./subject.ts";
import { checkTimes, LEEWAY_SECONDS } from "./times.ts";

// It becomes the owner of rows: no database takes every text. OpenID Connect Core 1.0 §2 has the
// length.
const SUBJECT = /^(?:[^\p{C}\p{Z}]| ){1,255}$/u;

/** Verifies access tokens as RFC 8725 and RFC 9068 §4 ask for, and as the provider does. */
export class AccessTokens {
  readonly #keys: SigningKeys;
  readonly #settings: Settings;

  constructor(keys: SigningKeys, settings: Settings) {
    this.#keys = keys;
    this.#settings = settings;
  }

  /**
   * Returns whom the token stands for.
   *
   * Throws `InvalidToken` for any that the provider did not make for this service, and
   * `Unavailable` when its keys cannot be had.
   */
  async verify(token: string): Promise<Subject> {
    const claims = await this.#verified(token);
    const { sub, email } = claims;
    if (typeof sub !== "string" || !SUBJECT.test(sub)) throw new InvalidToken();
    checkTimes(claims);
    // What says whom a token is for differs by provider.
    if (!accepts(claims, this.#settings)) throw new InvalidToken();
    const roles = texts(claimAt(claims, this.#settings.OIDC_ROLES_CLAIM));
    return {
      id: sub,
      role: roles.includes("admin") ? "admin" : "user",
      email: typeof email === "string" ? email : null,
    };
  }

  async #verified(token: string): Promise<Claims> {
    try {
      const { payload } = await jwtVerify(token, ({ kid, alg }) => this.#find(kid, alg), {
        algorithms: ALGORITHMS,
        issuer: this.#settings.OIDC_ISSUER,
        clockTolerance: LEEWAY_SECONDS,
        requiredClaims: ["iss", "sub", "exp"],
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JOSEError) throw new InvalidToken();
      throw error;
    }
  }

  #find(kid: unknown, algorithm: string) {
    if (typeof kid !== "string" || kid === "") throw new InvalidToken();
    return this.#keys.find(kid, algorithm);
  }
}
