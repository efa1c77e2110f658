/** Who a request is from. */

/** What an account may do: an admin sees all users, too. */
export const ROLES = ["user", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** The caller, as the access token says. */
export interface Subject {
  id: string;
  role: Role;
}
