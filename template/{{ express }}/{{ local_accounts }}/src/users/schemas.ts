/** What clients get. */
import { z } from "zod";
import { ROLES } from "../auth/subject.ts";
import { UtcTime, Uuid } from "../types.ts";
import type { User } from "./models.ts";

export const UserOut = z
  .object({ id: Uuid, email: z.string(), role: z.enum(ROLES), created_at: UtcTime })
  .meta({ id: "UserOut", description: "An account." });

export const UserPage = z
  .object({ items: z.array(UserOut), next_cursor: z.string().nullable() })
  .meta({
    id: "UserPage",
    description: "One page of accounts, newest first; `next_cursor` is null on the last one.",
  });

/** Returns what others may see of an account. */
export function userOut({ id, email, role, created_at }: User) {
  return { id, email, role, created_at };
}
