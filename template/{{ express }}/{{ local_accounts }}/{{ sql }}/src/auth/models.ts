/** The table of refresh tokens. */

/** One refresh token; all that come from the same login are a family. */
export interface RefreshToken {
  id: string;
  token_hash: Buffer;
  family_id: string;
  user_id: string;
  expires_at: Date;
  used_at: Date | null;
  revoked_at: Date | null;
}
