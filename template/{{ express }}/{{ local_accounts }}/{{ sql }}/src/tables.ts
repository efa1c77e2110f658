/** Every table of the database. */
import type { RefreshToken } from "./auth/models.ts";
import type { Item } from "./items/models.ts";
import type { User } from "./users/models.ts";

export interface Tables {
  items: Item;
  users: User;
  refresh_tokens: RefreshToken;
}
