/** Queries on refresh tokens. */
import { type Model, trusted } from "mongoose";
import { v7 as newId } from "uuid";
import { isUniqueViolation, type Session } from "../database.ts";
import { fromStored, type Stored } from "../documents.ts";
import type { User } from "../users/models.ts";
import {
  type RefreshFamily,
  refreshFamilySchema,
  type UsedRefreshToken,
  usedRefreshTokenSchema,
} from "./models.ts";
import { newRefreshToken, refreshTokenHash } from "./tokens.ts";

/** When a family began, and when its current token ends. */
export interface Lifetime {
  startedAt: Date;
  expiresAt: Date;
}

/** All refresh tokens; none is kept as clear text. */
export class RefreshTokenRepository {
  readonly #families: Model<Stored<RefreshFamily>>;
  readonly #used: Model<Stored<UsedRefreshToken>>;

  constructor(session: Session) {
    this.#families = session.model<Stored<RefreshFamily>>("RefreshFamily", refreshFamilySchema);
    this.#used = session.model<Stored<UsedRefreshToken>>(
      "UsedRefreshToken",
      usedRefreshTokenSchema,
    );
  }

  /** Returns the clear text of the first token after a login. */
  async startFamily({ id, token_generation }: User, lifetime: Lifetime): Promise<string> {
    const token = newRefreshToken();
    await this.#families.create({
      _id: newId(),
      user_id: id,
      token_generation,
      token_hash: refreshTokenHash(token),
      family_started_at: lifetime.startedAt,
      expires_at: lifetime.expiresAt,
      revoked_at: null,
    });
    return token;
  }

  /** Returns the family that the token belongs to, used or not, or undefined. */
  async getFamily(token: string): Promise<RefreshFamily | undefined> {
    const token_hash = refreshTokenHash(token);
    const family =
      (await this.#families.findOne({ token_hash }).lean()) ??
      (await this.#familyOfUsed(token_hash));
    return family ? fromStored(family) : undefined;
  }

  /**
   * Uses the token up and returns its successor, or undefined.
   *
   * Of any number of parallel calls with one token, exactly one gets a successor.
   */
  async rotate(
    family: RefreshFamily,
    token: string,
    { startedAt, expiresAt }: Lifetime,
  ): Promise<string | undefined> {
    const now = new Date();
    const token_hash = refreshTokenHash(token);
    if (!family.token_hash.equals(token_hash)) return undefined;
    // Before it is used up: a token that was must be on record, whatever happens in between. When
    // something did, the token was not used yet, and the time is that of the try that succeeds.
    await this.#used
      .updateOne(
        { token_hash },
        {
          $set: { used_at: now },
          $setOnInsert: { _id: newId(), family_id: family.id, expires_at: family.expires_at },
        },
        { upsert: true },
      )
      .catch((error) => {
        if (!isUniqueViolation(error)) throw error;
      });
    const successor = newRefreshToken();
    const rotated = await this.#families
      .findOneAndUpdate(
        { token_hash, revoked_at: null, expires_at: trusted({ $gt: now }) },
        {
          $set: {
            token_hash: refreshTokenHash(successor),
            family_started_at: startedAt,
            expires_at: expiresAt,
          },
        },
      )
      .lean();
    return rotated ? successor : undefined;
  }

  /** Returns when the token was used, or undefined. */
  async usedAt(token: string): Promise<Date | undefined> {
    return (await this.#used.findOne({ token_hash: refreshTokenHash(token) }).lean())?.used_at;
  }

  /** Ends the family; tells whether it was not ended before. */
  async revoke(familyId: string): Promise<boolean> {
    const changed = await this.#families.updateOne(
      { _id: familyId, revoked_at: null },
      { $set: { revoked_at: new Date() } },
    );
    return changed.modifiedCount === 1;
  }

  /** Removes the expired tokens and returns how many there were. */
  async purge(): Promise<number> {
    const expired = { expires_at: trusted({ $lte: new Date() }) };
    const families = await this.#families.deleteMany(expired);
    const used = await this.#used.deleteMany(expired);
    return families.deletedCount + used.deletedCount;
  }

  async #familyOfUsed(token_hash: Buffer): Promise<Stored<RefreshFamily> | null> {
    const used = await this.#used.findOne({ token_hash }).lean();
    return used && this.#families.findOne({ _id: used.family_id }).lean();
  }
}
