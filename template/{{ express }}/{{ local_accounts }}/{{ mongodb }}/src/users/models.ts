/** The documents of accounts. */
import { Schema } from "mongoose";
import { ROLES, type Role } from "../auth/subject.ts";
import { STRICT, type Stored } from "../documents.ts";

/** Somebody who can sign in. */
export interface User {
  id: string;
  /** Lower-cased before it comes here: the index makes addresses unique whatever their case. */
  email: string;
  password_hash: string;
  role: Role;
  created_at: Date;
  disabled_at: Date | null;
  /**
   * Refresh tokens work for the generation in which they were issued only: one more ends them
   * all, in the same atomic update that changes the account.
   */
  token_generation: number;
}

export const userSchema = new Schema<Stored<User>>(
  {
    _id: { type: String, required: true },
    email: { type: String, required: true },
    password_hash: { type: String, required: true },
    role: { type: String, enum: ROLES, required: true },
    created_at: { type: Date, required: true },
    disabled_at: { type: Date, default: null },
    token_generation: { type: Number, required: true },
  },
  { ...STRICT, collection: "users" },
);
