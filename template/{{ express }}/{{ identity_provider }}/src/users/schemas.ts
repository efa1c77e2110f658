/** What clients get. */
import { z } from "zod";
import { ROLES, type Subject } from "../auth/subject.ts";

export const UserOut = z
  .object({
    id: z.string(),
    email: z.string().nullable(),
    role: z.enum(ROLES),
    created_at: z.null(),
  })
  .meta({
    id: "UserOut",
    description:
      "The caller, as far as the access token tells; the rest is with the identity provider.",
  });

/** Returns what the caller may see. */
export function userOut({ id, email, role }: Subject) {
  return { id, email, role, created_at: null };
}
