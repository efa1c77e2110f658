/** What every document has in common. */
import { type SchemaOptions, trusted } from "mongoose";
import type { Cursor } from "./pagination.ts";

/** How a thing is stored: its `id` is `_id` there. */
export type Stored<Thing extends { id: string }> = Omit<Thing, "id"> & { _id: string };

/** The options of every schema: what it does not know is an error, and nothing is added by itself. */
export const STRICT = {
  strict: "throw",
  strictQuery: "throw",
  versionKey: false,
  id: false,
} as const satisfies SchemaOptions;

export const NEWEST_FIRST = { created_at: -1, _id: -1 } as const;

/** Returns the thing that is stored. */
export function fromStored<Thing extends { id: string }>(stored: Stored<Thing>): Thing {
  const { _id: id, ...rest } = stored;
  return { id, ...rest } as unknown as Thing;
}

/** Returns how the thing is stored. */
export function toStored<Thing extends { id: string }>({ id, ...rest }: Thing): Stored<Thing> {
  return { _id: id, ...rest };
}

/**
 * Returns the condition for what follows a place in the order `NEWEST_FIRST`.
 *
 * The bound of the time is where the index starts to read; the alternatives decide about equal
 * times only. Alone they would read everything before the place, at any depth.
 */
export function after({ created_at, id }: Cursor) {
  return {
    created_at: trusted({ $lte: created_at }),
    $or: [{ created_at: trusted({ $lt: created_at }) }, { _id: trusted({ $lt: id }) }],
  };
}
