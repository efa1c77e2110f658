/** Queries on refresh tokens. */
import { v7 as newId } from "uuid";
import type { Session } from "../database.ts";
import type { RefreshToken } from "./models.ts";
import { newRefreshToken, refreshTokenHash } from "./tokens.ts";

/** Where a new token belongs. */
export interface NewToken {
  userId: string;
  familyId: string;
  familyStartedAt: Date;
  expiresAt: Date;
}

/** All refresh tokens; none is kept as clear text. */
export class RefreshTokenRepository {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Returns the clear text of a new token. */
  async add({ userId, familyId, familyStartedAt, expiresAt }: NewToken): Promise<string> {
    const token = newRefreshToken();
    await this.#session
      .insertInto("refresh_tokens")
      .values({
        id: newId(),
        token_hash: refreshTokenHash(token),
        family_id: familyId,
        user_id: userId,
        family_started_at: familyStartedAt,
        expires_at: expiresAt,
        used_at: null,
        revoked_at: null,
      })
      .execute();
    return token;
  }

  /** Returns the token as it is now, or undefined. */
  get(token: string): Promise<RefreshToken | undefined> {
    return this.#session
      .selectFrom("refresh_tokens")
      .selectAll()
      .where("token_hash", "=", refreshTokenHash(token))
      .executeTakeFirst();
  }

  /** Uses the token up; of any number of parallel calls, exactly one is told true. */
  async claim(id: string): Promise<boolean> {
    const now = new Date();
    const claimed = await this.#session
      .updateTable("refresh_tokens")
      .set({ used_at: now })
      .where("id", "=", id)
      .where("used_at", "is", null)
      .where("revoked_at", "is", null)
      .where("expires_at", ">", now)
      .returning("id")
      .executeTakeFirst();
    return claimed !== undefined;
  }

  /** Ends every token that came from the same login. */
  async revokeFamily(familyId: string): Promise<void> {
    await this.#session
      .updateTable("refresh_tokens")
      .set({ revoked_at: new Date() })
      .where("family_id", "=", familyId)
      .where("revoked_at", "is", null)
      .execute();
  }

  /** Ends every token of an account. */
  async revokeUser(userId: string): Promise<void> {
    await this.#session
      .updateTable("refresh_tokens")
      .set({ revoked_at: new Date() })
      .where("user_id", "=", userId)
      .where("revoked_at", "is", null)
      .execute();
  }

  /** Removes the expired tokens and returns how many there were. */
  async purge(): Promise<number> {
    const { numDeletedRows } = await this.#session
      .deleteFrom("refresh_tokens")
      .where("expires_at", "<=", new Date())
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  }
}
