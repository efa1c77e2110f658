/** Accounts: what it takes to sign up, sign in and stay signed in. */
import { type Database, isUniqueViolation } from "../database.ts";
import { log } from "../logging.ts";
import { InvalidToken } from "../problems.ts";
import type { User } from "../users/models.ts";
import { UserRepository } from "../users/repository.ts";
import { needsRehash, type PasswordHasher } from "./passwords.ts";
import { EmailTaken, InvalidCredentials } from "./problems.ts";
import { type Lifetime, RefreshTokenRepository } from "./repository.ts";
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

/**
 * Local accounts. No connection is held while a password is hashed.
 *
 * There are no transactions: each decision is one atomic update of one document, and what comes
 * before it does no harm when it stays alone.
 */
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
    const found = await this.#database.read((session) =>
      new UserRepository(session).getByEmail(email),
    );
    const fits = await this.#hasher.verify(found?.password_hash, password);
    if (!found || !fits) throw refusal(found);
    const outdated = needsRehash(found.password_hash);
    const hash = outdated ? await this.#hasher.hash(password) : found.password_hash;

    const signedIn = await this.#database.write(async (session) => {
      const user = await new UserRepository(session).replaceHash(found, hash);
      // Disabled, or changed by somebody else while the hash was computed.
      if (!user) throw refusal(found);
      const tokens = new RefreshTokenRepository(session);
      return { user, refresh_token: await tokens.startFamily(user, this.#lifetime(new Date())) };
    });
    log.info({ event: "login_succeeded", subject: found.id }, "signed in");
    return signedIn;
  }

  /** Returns the account and the next token, or undefined when this one is not valid. */
  refresh(token: string): Promise<SignedIn | undefined> {
    return this.#database.write(async (session) => {
      const tokens = new RefreshTokenRepository(session);
      const family = await tokens.getFamily(token);
      if (!family || family.revoked_at || family.expires_at.getTime() <= Date.now()) {
        return undefined;
      }
      const user = await new UserRepository(session).get(family.user_id);
      if (!user || user.disabled_at) return undefined;
      if (user.token_generation !== family.token_generation) return undefined;
      const lifetime = this.#lifetime(family.family_started_at ?? new Date());
      if (lifetime.expiresAt.getTime() <= Date.now()) return undefined;
      const refresh_token = await tokens.rotate(family, token, lifetime);
      if (refresh_token) return { user, refresh_token };

      const usedAt = await tokens.usedAt(token);
      const reused = usedAt && Date.now() >= usedAt.getTime() + this.#graceMs;
      if (reused && (await tokens.revoke(family.id))) {
        log.warning(
          { event: "refresh_reused", subject: user.id, family: family.id },
          "refresh token used again",
        );
      }
      return undefined;
    });
  }

  /** Ends the token's whole family; an unknown token is none to end. */
  async logout(token: string): Promise<void> {
    await this.#database.write(async (session) => {
      const tokens = new RefreshTokenRepository(session);
      const family = await tokens.getFamily(token);
      if (family) await tokens.revoke(family.id);
    });
  }

  /**
   * Changes the password and ends every token; tells whether the current one was right.
   *
   * Throws `InvalidToken` when the account is disabled or gone.
   */
  async changePassword(userId: string, current: string, next: string): Promise<boolean> {
    const found = await this.#enabled(userId);
    if (!(await this.#hasher.verify(found.password_hash, current))) return false;
    const password_hash = await this.#hasher.hash(next);
    const changed = await this.#database.write((session) =>
      new UserRepository(session).changePassword(found, password_hash),
    );
    // Disabled meanwhile, or else changed by somebody else.
    if (!changed) await this.#enabled(userId);
    return changed;
  }

  /** Sets a password without the current one; tells whether there is such an account. */
  async setPassword(email: string, next: string): Promise<boolean> {
    const password_hash = await this.#hasher.hash(next);
    return this.#database.write(async (session) => {
      const users = new UserRepository(session);
      const found = await users.getByEmail(email);
      return found !== undefined && users.setPassword(found.id, password_hash);
    });
  }

  /** Sets the role, which counts from the next access token on; tells whether it was done. */
  setRole(email: string, role: Role): Promise<boolean> {
    return this.#database.write((session) => new UserRepository(session).setRole(email, role));
  }

  /** Disables an account and ends its tokens, or enables it; tells whether there is one. */
  setDisabled(email: string, disabled: boolean): Promise<boolean> {
    return this.#database.write((session) => {
      const users = new UserRepository(session);
      return disabled ? users.disable(email) : users.enable(email);
    });
  }

  /** Removes the expired refresh tokens and returns how many there were. */
  purgeTokens(): Promise<number> {
    return this.#database.write((session) => new RefreshTokenRepository(session).purge());
  }

  async #enabled(userId: string): Promise<User> {
    const user = await this.#database.read((session) => new UserRepository(session).get(userId));
    if (!user || user.disabled_at) throw new InvalidToken();
    return user;
  }

  /** Returns the lifetime of a family whose next token is issued now. */
  #lifetime(startedAt: Date): Lifetime {
    const endOfSession = startedAt.getTime() + this.#sessionTtlMs;
    return {
      startedAt,
      expiresAt: new Date(Math.min(Date.now() + this.#refreshTtlMs, endOfSession)),
    };
  }
}

function refusal(user: User | undefined): InvalidCredentials {
  log.warning({ event: "login_failed", subject: user?.id ?? null }, "sign-in failed");
  return new InvalidCredentials();
}
