/** Who a request is from. */

/** What a caller may do. */
export const ROLES = ["user", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** The caller, as the access token says. */
export interface Subject {
  /** `sub`: what the identity provider calls the user, and never anybody else. */
  id: string;
  role: Role;
  email: string | null;
}
