/** The documents of items. */
import { Schema } from "mongoose";
import { STRICT, type Stored } from "../documents.ts";

/** Something that belongs to one subject. */
export interface Item {
  id: string;
  owner_id: string;
  title: string;
  description: string | null;
  created_at: Date;
  updated_at: Date;
}

export const itemSchema = new Schema<Stored<Item>>(
  {
    _id: { type: String, required: true },
    owner_id: { type: String, required: true },
    title: { type: String, required: true },
    description: { type: String, default: null },
    created_at: { type: Date, required: true },
    updated_at: { type: Date, required: true },
  },
  { ...STRICT, collection: "items" },
);
