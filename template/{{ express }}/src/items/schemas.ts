/** What clients send and get. */
import { z } from "zod";
import { line, lines, UtcTime, Uuid } from "../types.ts";

const Title = line(200);
const Description = lines(2000);

export const ItemCreate = z
  .strictObject({ title: Title, description: Description.nullable().default(null) })
  .meta({ id: "ItemCreate", description: "A new item." });

export const ItemPatch = z
  .strictObject({ title: Title.optional(), description: Description.nullable().optional() })
  .meta({
    id: "ItemPatch",
    description: "The fields of an item that change; the others stay as they are.",
  });

export const ItemOut = z
  .object({
    id: Uuid,
    title: z.string(),
    description: z.string().nullable(),
    created_at: UtcTime,
    updated_at: UtcTime,
  })
  .meta({ id: "ItemOut", description: "An item as its owner sees it." });

export const ItemPage = z
  .object({ items: z.array(ItemOut), next_cursor: z.string().nullable() })
  .meta({
    id: "ItemPage",
    description: "One page of items, newest first; `next_cursor` is null on the last one.",
  });
