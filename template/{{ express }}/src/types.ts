/** Types of the API that more than one feature uses. */
import { z } from "zod";

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

// Unicode White_Space, spelt out: `trim` takes U+FEFF for white space and U+0085 for none.
const WHITE_SPACE = new Set(
  "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a" +
    "\u2028\u2029\u202f\u205f\u3000",
);
// C0, DEL and C1.
const CONTROL = /\p{Cc}/u;
const CONTROL_IN_TEXT = /[^\P{Cc}\t\n]/u;

/** Returns the number of code points: `length` counts UTF-16 units, two for an emoji. */
export function codePoints(value: string): number {
  let count = 0;
  for (const _ of value) count += 1;
  return count;
}

/** What a text is told when it is refused, or undefined when it is accepted. */
export type Fault = (value: string) => string | undefined;

/** Returns text without lone surrogates, changed by `normalise` and refused by `fault`. */
export function text(fault: Fault, normalise = (value: string) => value) {
  return z.string().transform((value, context) => {
    if (!value.isWellFormed()) return refuse(context, "must not contain lone surrogates");
    const result = normalise(value);
    const reason = fault(result);
    return reason === undefined ? result : refuse(context, reason);
  });
}

/** One line, such as a title: trimmed, not blank, bounded. */
export function line(longest: number) {
  return text((value) => {
    if (value === "") return "must not be blank";
    if (CONTROL.test(value)) return "must not contain control characters";
    return tooLong(value, longest);
  }, trimmed).meta({ minLength: 1, maxLength: longest });
}

/** Several lines, such as a description. */
export function lines(longest: number) {
  return text((value) => {
    if (CONTROL_IN_TEXT.test(value)) {
      return "must not contain control characters except tab and newline";
    }
    return tooLong(value, longest);
  }).meta({ maxLength: longest });
}

/** Returns what is wrong with a text that has too many characters. */
export function tooLong(value: string, longest: number): string | undefined {
  // A code point is one UTF-16 unit or two: an endless text need not be counted.
  const more = value.length > 2 * longest || codePoints(value) > longest;
  return more ? `must have at most ${longest} characters` : undefined;
}

export const Uuid = z.string().meta({ format: "uuid" });
export const UtcTime = z.string().meta({ format: "date-time" });

/** The path of one thing. */
export const PathId = z.object({
  id: z
    .string()
    .refine((id) => UUID.test(id), "must be a UUID")
    .toLowerCase()
    .meta({ format: "uuid" }),
});

function trimmed(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && WHITE_SPACE.has(value.charAt(start))) start += 1;
  while (end > start && WHITE_SPACE.has(value.charAt(end - 1))) end -= 1;
  return value.slice(start, end);
}

function refuse(context: z.RefinementCtx, message: string): never {
  context.addIssue({ code: "custom", message });
  return z.NEVER;
}
