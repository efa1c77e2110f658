/** The table of refresh tokens. */

/** One refresh token; all that come from the same login are a family. */
export interface RefreshToken {
  id: string;
  token_hash: Buffer;
  family_id: string;
  user_id: string;
  /** When the family began with a login; null in rows that are older than this column. */
  family_started_at: Date | null;
  expires_at: Date;
  used_at: Date | null;
  revoked_at: Date | null;
}
