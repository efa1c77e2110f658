/** The documents of refresh tokens. */
import { Schema } from "mongoose";
import { STRICT, type Stored } from "../documents.ts";

/**
 * All refresh tokens that came from the same login. Only the last one can be used.
 *
 * It changes with each use of a token, so to use one and to end the family are updates of the same
 * document, of which one comes first.
 */
export interface RefreshFamily {
  id: string;
  user_id: string;
  token_generation: number;
  token_hash: Buffer;
  /** When it began with a login; null or missing in documents that are older than this field. */
  family_started_at?: Date | null;
  expires_at: Date;
  revoked_at: Date | null;
}

/** A token that was used, kept until it expires: a second use betrays a thief. */
export interface UsedRefreshToken {
  id: string;
  token_hash: Buffer;
  family_id: string;
  used_at: Date;
  expires_at: Date;
}

export const refreshFamilySchema = new Schema<Stored<RefreshFamily>>(
  {
    _id: { type: String, required: true },
    user_id: { type: String, required: true },
    token_generation: { type: Number, required: true },
    token_hash: { type: Buffer, required: true },
    family_started_at: { type: Date },
    expires_at: { type: Date, required: true },
    revoked_at: { type: Date, default: null },
  },
  { ...STRICT, collection: "refresh_families" },
);

export const usedRefreshTokenSchema = new Schema<Stored<UsedRefreshToken>>(
  {
    _id: { type: String, required: true },
    token_hash: { type: Buffer, required: true },
    family_id: { type: String, required: true },
    used_at: { type: Date, required: true },
    expires_at: { type: Date, required: true },
  },
  { ...STRICT, collection: "used_refresh_tokens" },
);
