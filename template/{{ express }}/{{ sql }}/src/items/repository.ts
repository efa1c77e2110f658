/** Queries on items. Each starts from the owner, so none can reach somebody else's row. */
import { v7 as newId } from "uuid";
import type { Session } from "../database.ts";
import { type Page, type PageQuery, pageOf } from "../pagination.ts";
import type { Item } from "./models.ts";

/** The items of one owner. */
export class ItemRepository {
  readonly #session: Session;
  readonly #ownerId: string;

  constructor(session: Session, ownerId: string) {
    this.#session = session;
    this.#ownerId = ownerId;
  }

  /** Returns a page, newest first. */
  async list({ limit, cursor }: PageQuery): Promise<Page<Item>> {
    let query = this.#own()
      .orderBy("created_at", "desc")
      .orderBy("id", "desc")
      .limit(limit + 1);
    if (cursor) {
      // One comparison of rows, which the index answers at any depth; the same condition spelt
      // with OR reads every row before the cursor.
      query = query.where(({ eb, refTuple, tuple }) =>
        eb(refTuple("created_at", "id"), "<", tuple(cursor.created_at, cursor.id)),
      );
    }
    return pageOf(await query.execute(), limit);
  }

  /** Returns the item, or undefined: also when it is somebody else's. */
  get(id: string): Promise<Item | undefined> {
    return this.#own().where("id", "=", id).executeTakeFirst();
  }

  /** Returns the new item. */
  add({ title, description }: Pick<Item, "title" | "description">): Promise<Item> {
    const now = new Date();
    return this.#session
      .insertInto("items")
      .values({
        id: newId(),
        owner_id: this.#ownerId,
        title,
        description,
        created_at: now,
        updated_at: now,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
  }

  /** Returns the changed item, or undefined. */
  update(
    id: string,
    changes: { [Field in "title" | "description"]?: Item[Field] | undefined },
  ): Promise<Item | undefined> {
    if (Object.keys(changes).length === 0) return this.get(id);
    return this.#session
      .updateTable("items")
      .set({ ...changes, updated_at: new Date() })
      .where("owner_id", "=", this.#ownerId)
      .where("id", "=", id)
      .returningAll()
      .executeTakeFirst();
  }

  /** Returns the removed item, or undefined. */
  delete(id: string): Promise<Item | undefined> {
    return this.#session
      .deleteFrom("items")
      .where("owner_id", "=", this.#ownerId)
      .where("id", "=", id)
      .returningAll()
      .executeTakeFirst();
  }

  #own() {
    return this.#session.selectFrom("items").selectAll().where("owner_id", "=", this.#ownerId);
  }
}
