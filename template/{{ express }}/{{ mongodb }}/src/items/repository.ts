/** Queries on items. Each starts from the owner, so none can reach somebody else's document. */
import type { Model } from "mongoose";
import { v7 as newId } from "uuid";
import type { Session } from "../database.ts";
import { after, fromStored, NEWEST_FIRST, type Stored, toStored } from "../documents.ts";
import { type Page, type PageQuery, pageOf } from "../pagination.ts";
import { type Item, itemSchema } from "./models.ts";

// The list never falls back to a plan without it, whatever the statistics are.
const LIST_INDEX = "owner_id_created_at_id";

/** The items of one owner. */
export class ItemRepository {
  readonly #items: Model<Stored<Item>>;
  readonly #ownerId: string;

  constructor(session: Session, ownerId: string) {
    this.#items = session.model<Stored<Item>>("Item", itemSchema);
    this.#ownerId = ownerId;
  }

  /** Returns a page, newest first. */
  async list({ limit, cursor }: PageQuery): Promise<Page<Item>> {
    const found = await this.#items
      .find({ owner_id: this.#ownerId, ...(cursor && after(cursor)) })
      .sort(NEWEST_FIRST)
      .limit(limit + 1)
      .hint(LIST_INDEX)
      .lean();
    return pageOf(found.map(fromStored<Item>), limit);
  }

  /** Returns the item, or undefined: also when it is somebody else's. */
  async get(id: string): Promise<Item | undefined> {
    const found = await this.#items.findOne(this.#own(id)).lean();
    return found ? fromStored(found) : undefined;
  }

  /** Returns the new item. */
  async add({ title, description }: Pick<Item, "title" | "description">): Promise<Item> {
    const now = new Date();
    const item = {
      id: newId(),
      owner_id: this.#ownerId,
      title,
      description,
      created_at: now,
      updated_at: now,
    };
    await this.#items.create(toStored(item));
    return item;
  }

  /** Returns the changed item, or undefined. */
  async update(
    id: string,
    changes: { [Field in "title" | "description"]?: Item[Field] | undefined },
  ): Promise<Item | undefined> {
    if (Object.keys(changes).length === 0) return this.get(id);
    const changed = await this.#items
      .findOneAndUpdate(
        this.#own(id),
        { $set: { ...changes, updated_at: new Date() } },
        { returnDocument: "after" },
      )
      .lean();
    return changed ? fromStored(changed) : undefined;
  }

  /** Tells whether there was such an item to remove. */
  async delete(id: string): Promise<boolean> {
    return (await this.#items.deleteOne(this.#own(id))).deletedCount === 1;
  }

  #own(id: string) {
    return { _id: id, owner_id: this.#ownerId };
  }
}
