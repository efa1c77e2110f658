/** Every table of the database. */
import type { Item } from "./items/models.ts";

export interface Tables {
  items: Item;
}
