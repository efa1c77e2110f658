/** Keyset pagination, newest first: equal cost at any depth, no row twice, no `count(*)`. */
import { z } from "zod";

const VERSION = 1;
const BYTES = 25; // version, microseconds since 1970, id
const ID_START = 9;
const ID_GROUPS = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/;
const FIRST_MS = -62_135_596_800_000; // year 1
const LAST_MS = 253_402_300_799_999; // year 9999
const LONGEST_CURSOR = 64;

/** The place of a row in the order `(created_at, id)`. */
export interface Cursor {
  created_at: Date;
  id: string;
}

/** Returns the cursor as text that is safe in a URL. */
export function encodeCursor({ created_at, id }: Cursor): string {
  const packed = Buffer.alloc(BYTES);
  packed.writeUInt8(VERSION, 0);
  packed.writeBigInt64BE(BigInt(created_at.getTime()) * 1000n, 1);
  packed.write(id.replaceAll("-", ""), ID_START, "hex");
  return packed.toString("base64url");
}

/** Returns the cursor, or undefined when the text is none of ours. */
export function decodeCursor(text: string): Cursor | undefined {
  const packed = Buffer.from(text, "base64url");
  if (packed.length !== BYTES || packed.readUInt8(0) !== VERSION) return undefined;
  const milliseconds = Number(packed.readBigInt64BE(1) / 1000n);
  if (milliseconds < FIRST_MS || milliseconds > LAST_MS) return undefined;
  // The decoder skips foreign characters: only the spelling that we write is valid.
  if (packed.toString("base64url") !== text) return undefined;
  const id = packed.toString("hex", ID_START).replace(ID_GROUPS, "$1-$2-$3-$4-$5");
  return { created_at: new Date(milliseconds), id };
}

/** Which page a client asks for. */
export interface PageQuery {
  limit: number;
  cursor?: Cursor | undefined;
}

/** One page of rows, and the cursor of the next one. */
export interface Page<Row> {
  items: Row[];
  next_cursor: string | null;
}

/** Returns a page from up to `limit + 1` rows; the last one only shows that more follow. */
export function pageOf<Row extends Cursor>(rows: Row[], limit: number): Page<Row> {
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : undefined;
  return { items, next_cursor: last ? encodeCursor(last) : null };
}

/** A parameter that is given twice counts once: the last one. */
function last(value: unknown): unknown {
  return Array.isArray(value) ? value.at(-1) : value;
}

const limit = z
  .string()
  .regex(/^\d+$/, "must be a whole number")
  // Very many digits would be no number but infinity.
  .transform((digits) => Math.min(Number(digits), Number.MAX_SAFE_INTEGER))
  .pipe(z.number().min(1).max(100))
  .default(20);

const cursor = z
  .string()
  .max(LONGEST_CURSOR, `must have at most ${LONGEST_CURSOR} characters`)
  .transform((text, context) => {
    const place = decodeCursor(text);
    if (place) return place;
    context.addIssue({ code: "custom", message: "is no cursor of this list" });
    return z.NEVER;
  })
  .optional();

/** The query string of every list. */
export const PageParameters = z.object({
  limit: z.preprocess(last, limit).meta({
    override: { type: "integer", minimum: 1, maximum: 100, default: 20 },
  }),
  cursor: z.preprocess(last, cursor).meta({
    description: "`next_cursor` of the last page.",
    override: { type: "string", maxLength: LONGEST_CURSOR },
  }),
});
