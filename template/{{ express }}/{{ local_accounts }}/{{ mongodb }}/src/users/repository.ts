/** Queries on accounts. Each change is one atomic update of one document. */
import type { Model, QueryFilter, UpdateQuery } from "mongoose";
import { v7 as newId } from "uuid";
import type { Role } from "../auth/subject.ts";
import type { Session } from "../database.ts";
import { after, fromStored, NEWEST_FIRST, type Stored, toStored } from "../documents.ts";
import { type Page, type PageQuery, pageOf } from "../pagination.ts";
import { type User, userSchema } from "./models.ts";

const LIST_INDEX = "created_at_id";
const END_TOKENS = { $inc: { token_generation: 1 } };

/** All accounts. */
export class UserRepository {
  readonly #users: Model<Stored<User>>;

  constructor(session: Session) {
    this.#users = session.model<Stored<User>>("User", userSchema);
  }

  /** Returns a page, newest first. */
  async list({ limit, cursor }: PageQuery): Promise<Page<User>> {
    const found = await this.#users
      .find(cursor ? after(cursor) : {})
      .sort(NEWEST_FIRST)
      .limit(limit + 1)
      .hint(LIST_INDEX)
      .lean();
    return pageOf(found.map(fromStored<User>), limit);
  }

  /** Returns the account, or undefined. */
  get(id: string): Promise<User | undefined> {
    return this.#find({ _id: id });
  }

  /** Returns the account with this lower-cased address, or undefined. */
  getByEmail(email: string): Promise<User | undefined> {
    return this.#find({ email });
  }

  /** Returns the new account. */
  async add(account: Pick<User, "email" | "password_hash" | "role">): Promise<User> {
    const user = {
      ...account,
      id: newId(),
      created_at: new Date(),
      disabled_at: null,
      token_generation: 0,
    };
    await this.#users.create(toStored(user));
    return user;
  }

  /**
   * Returns the account with another hash of the same password; undefined when it is disabled, or
   * its hash is no longer the one that was found.
   */
  async replaceHash(found: User, password_hash: string): Promise<User | undefined> {
    const changed = await this.#users
      .findOneAndUpdate(
        { _id: found.id, password_hash: found.password_hash, disabled_at: null },
        { $set: { password_hash } },
        { returnDocument: "after" },
      )
      .lean();
    return changed ? fromStored(changed) : undefined;
  }

  /**
   * Sets the hash of a new password and ends every token; tells whether it was done: not when the
   * account is disabled, or its hash is no longer the one that was found.
   */
  changePassword(found: User, password_hash: string): Promise<boolean> {
    return this.#update(
      { _id: found.id, password_hash: found.password_hash, disabled_at: null },
      { $set: { password_hash }, ...END_TOKENS },
    );
  }

  /** Sets the hash of a new password and ends every token; tells whether it was done. */
  setPassword(id: string, password_hash: string): Promise<boolean> {
    return this.#update({ _id: id }, { $set: { password_hash }, ...END_TOKENS });
  }

  /** Sets the role; tells whether there is such an account. */
  setRole(email: string, role: Role): Promise<boolean> {
    return this.#update({ email }, { $set: { role } });
  }

  /** Disables an account and ends every token; tells whether there is such an account. */
  disable(email: string): Promise<boolean> {
    return this.#update({ email }, { $set: { disabled_at: new Date() }, ...END_TOKENS });
  }

  /** Enables an account; tells whether there is such an account. */
  enable(email: string): Promise<boolean> {
    return this.#update({ email }, { $set: { disabled_at: null } });
  }

  async #find(query: QueryFilter<Stored<User>>): Promise<User | undefined> {
    const found = await this.#users.findOne(query).lean();
    return found ? fromStored(found) : undefined;
  }

  async #update(
    query: QueryFilter<Stored<User>>,
    change: UpdateQuery<Stored<User>>,
  ): Promise<boolean> {
    return (await this.#users.updateOne(query, change)).matchedCount === 1;
  }
}
