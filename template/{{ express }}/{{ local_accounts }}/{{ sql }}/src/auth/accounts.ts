/** Accounts: what it takes to sign up, sign in and stay signed in. */
import { v7 as newId } from "uuid";
import type { Database, Session } from "../database.ts";
import { log } from "../logging.ts";
import { InvalidToken } from "../problems.ts";
import type { User } from "../users/models.ts";
import { UserRepository } from "../users/repository.ts";
import { isUniqueViolation } from "../users/rows.ts";
import { needsRehash, type PasswordHasher } from "./passwords.ts";
import { EmailTaken, InvalidCredentials } from "./problems.ts";
import { RefreshTokenRepository } from "./repository.ts";
import type { Role } from "./subject.ts";

/** An account, and the refresh token that keeps it signed in. */
export interface SignedIn {
  user: User;
  refresh_token: string;
}

export interface AccountOptions {
  refreshTtlSeconds: number;
  /** From the login on: no refresh goes beyond it. */
  sessionTtlSeconds: number;
  reuseGraceSeconds: number;
}

/** Local accounts. No connection is held while a password is hashed. */
export class Accounts {
  readonly #database: Database;
  readonly #hasher: PasswordHasher;
  readonly #refreshTtlMs: number;
  readonly #sessionTtlMs: number;
  readonly #graceMs: number;

  constructor(database: Database, hasher: PasswordHasher, options: AccountOptions) {
    this.#database = database;
    this.#hasher = hasher;
    this.#refreshTtlMs = options.refreshTtlSeconds * 1000;
    this.#sessionTtlMs = options.sessionTtlSeconds * 1000;
    this.#graceMs = options.reuseGraceSeconds * 1000;
  }

  /** Returns the new account; throws `EmailTaken`. */
  async register(email: string, password: string, role: Role = "user"): Promise<User> {
    const password_hash = await this.#hasher.hash(password);
    try {
      return await this.#database.write((session) =>
        new UserRepository(session).add({ email, password_hash, role }),
      );
    } catch (error) {
      throw isUniqueViolation(error) ? new EmailTaken() : error;
    }
  }

  /** Returns the account and a token of a new family; throws `InvalidCredentials`. */
  async login(email: string, password: string): Promise<SignedIn> {
    const found = await this.#find(email);
    const fits = await this.#hasher.verify(found?.password_hash, password);
    if (!found || !fits) throw refusal(found);
    const outdated = needsRehash(found.password_hash);
    const newHash = outdated ? await this.#hasher.hash(password) : undefined;

    const signedIn = await this.#database.write(async (session) => {
      const users = new UserRepository(session);
      const user = await users.lock(found.id);
      // Disabled, or changed by somebody else while the hash was computed.
      if (!user || user.disabled_at || user.password_hash !== found.password_hash) {
        throw refusal(found);
      }
      if (newHash) await users.update(user.id, { password_hash: newHash });
      const familyStartedAt = new Date();
      const refresh_token = await new RefreshTokenRepository(session).add({
        userId: user.id,
        familyId: newId(),
        familyStartedAt,
        expiresAt: this.#expiry(familyStartedAt),
      });
      return { user, refresh_token };
    });
    log.info({ event: "login_succeeded", subject: found.id }, "signed in");
    return signedIn;
  }

  /** Returns the account and the next token, or undefined when this one is not valid. */
  refresh(token: string): Promise<SignedIn | undefined> {
    return this.#database.write(async (session) => {
      const tokens = new RefreshTokenRepository(session);
      const known = await tokens.get(token);
      if (!known) return undefined;
      // The account first, as everybody who ends its tokens does: no new token can then appear
      // behind their back, and no two of them wait for each other.
      const user = await new UserRepository(session).lock(known.user_id);
      if (!user || user.disabled_at) return undefined;
      const familyStartedAt = known.family_started_at ?? new Date();
      const expiresAt = this.#expiry(familyStartedAt);
      if (expiresAt.getTime() <= Date.now()) return undefined;
      if (await tokens.claim(known.id)) {
        const refresh_token = await tokens.add({
          userId: user.id,
          familyId: known.family_id,
          familyStartedAt,
          expiresAt,
        });
        return { user, refresh_token };
      }
      await this.#endWhenReused(tokens, token);
      // Returned, not thrown: an exception would roll the revocation back.
      return undefined;
    });
  }

  /** Ends the token's whole family; an unknown token is none to end. */
  async logout(token: string): Promise<void> {
    await this.#database.write(async (session) => {
      const tokens = new RefreshTokenRepository(session);
      const known = await tokens.get(token);
      if (!known) return;
      await new UserRepository(session).lock(known.user_id);
      await tokens.revokeFamily(known.family_id);
    });
  }

  /**
   * Changes the password and ends every token; tells whether the current one was right.
   *
   * Throws `InvalidToken` when the account is disabled or gone.
   */
  async changePassword(userId: string, current: string, next: string): Promise<boolean> {
    const found = await this.#database.read((session) => new UserRepository(session).get(userId));
    if (!found || found.disabled_at) throw new InvalidToken();
    if (!(await this.#hasher.verify(found.password_hash, current))) return false;
    const password_hash = await this.#hasher.hash(next);
    return this.#database.write(async (session) => {
      const user = await new UserRepository(session).lock(userId);
      if (!user || user.disabled_at) throw new InvalidToken();
      // Somebody else has changed it meanwhile.
      if (user.password_hash !== found.password_hash) return false;
      await replacePassword(session, userId, password_hash);
      return true;
    });
  }

  /** Sets a password without the current one; tells whether there is such an account. */
  async setPassword(email: string, next: string): Promise<boolean> {
    const password_hash = await this.#hasher.hash(next);
    const found = await this.#find(email);
    if (!found) return false;
    return this.#database.write(async (session) => {
      if (!(await new UserRepository(session).lock(found.id))) return false;
      await replacePassword(session, found.id, password_hash);
      return true;
    });
  }

  /** Sets the role, which counts from the next access token on; tells whether it was done. */
  async setRole(email: string, role: Role): Promise<boolean> {
    const found = await this.#find(email);
    if (!found) return false;
    return this.#database.write((session) =>
      new UserRepository(session).update(found.id, { role }),
    );
  }

  /** Disables an account and ends its tokens, or enables it; tells whether there is one. */
  async setDisabled(email: string, disabled: boolean): Promise<boolean> {
    const found = await this.#find(email);
    if (!found) return false;
    return this.#database.write(async (session) => {
      const users = new UserRepository(session);
      if (!(await users.lock(found.id))) return false;
      await users.update(found.id, { disabled_at: disabled ? new Date() : null });
      if (disabled) await new RefreshTokenRepository(session).revokeUser(found.id);
      return true;
    });
  }

  /** Removes the expired refresh tokens and returns how many there were. */
  purgeTokens(): Promise<number> {
    return this.#database.write((session) => new RefreshTokenRepository(session).purge());
  }

  async #endWhenReused(tokens: RefreshTokenRepository, token: string): Promise<void> {
    const known = await tokens.get(token);
    if (!known?.used_at || known.revoked_at) return;
    if (Date.now() < known.used_at.getTime() + this.#graceMs) return;
    await tokens.revokeFamily(known.family_id);
    log.warning(
      { event: "refresh_reused", subject: known.user_id, family: known.family_id },
      "refresh token used again",
    );
  }

  #find(email: string): Promise<User | undefined> {
    return this.#database.read((session) => new UserRepository(session).getByEmail(email));
  }

  /** Returns the end of a token that is issued now. */
  #expiry(familyStartedAt: Date): Date {
    const endOfSession = familyStartedAt.getTime() + this.#sessionTtlMs;
    return new Date(Math.min(Date.now() + this.#refreshTtlMs, endOfSession));
  }
}

/** Sets the password of an account that is locked, and ends every token. */
async function replacePassword(
  session: Session,
  userId: string,
  password_hash: string,
): Promise<void> {
  await new UserRepository(session).update(userId, { password_hash });
  await new RefreshTokenRepository(session).revokeUser(userId);
}

function refusal(user: User | undefined): InvalidCredentials {
  log.warning({ event: "login_failed", subject: user?.id ?? null }, "sign-in failed");
  return new InvalidCredentials();
}
