/** The table of accounts. */
import type { Role } from "../auth/subject.ts";

/** Somebody who can sign in. */
export interface User {
  id: string;
  /** Lower-cased before it comes here: the constraint makes addresses unique whatever their case. */
  email: string;
  password_hash: string;
  role: Role;
  created_at: Date;
  disabled_at: Date | null;
}
