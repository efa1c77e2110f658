/** The table of items. */

/** Something that belongs to one subject. */
export interface Item {
  id: string;
  owner_id: string;
  title: string;
  description: string | null;
  created_at: Date;
  updated_at: Date;
}
