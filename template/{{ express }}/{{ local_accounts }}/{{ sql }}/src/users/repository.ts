/** Queries on accounts. */
import { v7 as newId } from "uuid";
import type { Session } from "../database.ts";
import { type Page, type PageQuery, pageOf } from "../pagination.ts";
import type { User } from "./models.ts";
import { locked } from "./rows.ts";

/** All accounts. */
export class UserRepository {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Returns a page, newest first. */
  async list({ limit, cursor }: PageQuery): Promise<Page<User>> {
    let query = this.#all()
      .orderBy("created_at", "desc")
      .orderBy("id", "desc")
      .limit(limit + 1);
    if (cursor) {
      query = query.where(({ eb, refTuple, tuple }) =>
        eb(refTuple("created_at", "id"), "<", tuple(cursor.created_at, cursor.id)),
      );
    }
    return pageOf(await query.execute(), limit);
  }

  /** Returns the account, or undefined. */
  get(id: string): Promise<User | undefined> {
    return this.#all().where("id", "=", id).executeTakeFirst();
  }

  /** Returns the account with this lower-cased address, or undefined. */
  getByEmail(email: string): Promise<User | undefined> {
    return this.#all().where("email", "=", email).executeTakeFirst();
  }

  /** Returns the account and keeps others from changing it until the transaction ends. */
  lock(id: string): Promise<User | undefined> {
    return locked(this.#all().where("id", "=", id)).executeTakeFirst();
  }

  /** Returns the new account. */
  add(account: Pick<User, "email" | "password_hash" | "role">): Promise<User> {
    return this.#session
      .insertInto("users")
      .values({ ...account, id: newId(), created_at: new Date(), disabled_at: null })
      .returningAll()
      .executeTakeFirstOrThrow();
  }

  /** Changes the account; tells whether there is one. */
  async update(
    id: string,
    changes: Partial<Pick<User, "password_hash" | "role" | "disabled_at">>,
  ): Promise<boolean> {
    const changed = await this.#session
      .updateTable("users")
      .set(changes)
      .where("id", "=", id)
      .returning("id")
      .executeTakeFirst();
    return changed !== undefined;
  }

  #all() {
    return this.#session.selectFrom("users").selectAll();
  }
}
