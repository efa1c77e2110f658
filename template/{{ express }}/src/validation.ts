/** What is wrong with a value, in words that fit after the value's name. */
import type { Request } from "express";
import type { z } from "zod";
import { readJson } from "./middleware/json.ts";
import { type FieldError, InvalidRequest, MOST_ERRORS } from "./problems.ts";

const TYPES: Record<string, string> = {
  string: "must be a string",
  object: "must be an object",
};

/** Returns the message of one issue; it never holds the value itself. */
export function explain(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined ? "is required" : (TYPES[issue.expected] ?? "is not valid");
    case "invalid_value":
      return `must be ${oneOf(issue.values)}`;
    case "too_small":
      return `must be ${issue.inclusive ? "at least" : "greater than"} ${issue.minimum}`;
    case "too_big":
      return `must be at most ${issue.maximum}`;
    case "unrecognized_keys":
      return "is not a known field";
    default:
      return "is not valid";
  }
}

interface Parts {
  params?: z.ZodType;
  query?: z.ZodType;
  body?: z.ZodType;
}

type Validated<Schemas extends Parts> = {
  [Part in keyof Schemas]: Schemas[Part] extends z.ZodType ? z.output<Schemas[Part]> : never;
};

/**
 * Returns the parts of the request that have a schema; throws `InvalidRequest` with their faults.
 *
 * The body is read here and not before the handler: nobody's body is read who may not call.
 */
export async function validated<Schemas extends Parts>(
  request: Request,
  schemas: Schemas,
): Promise<Validated<Schemas>> {
  if (schemas.body) request.body = await readJson(request);
  const values: Record<string, unknown> = {};
  const errors: FieldError[] = [];
  let count = 0;
  for (const part of ["params", "query", "body"] as const) {
    const schema = schemas[part];
    if (!schema) continue;
    const result = schema.safeParse(request[part], { error: explain });
    if (result.success) {
      values[part] = result.data;
      continue;
    }
    for (const issue of result.error.issues) {
      count += issue.code === "unrecognized_keys" ? issue.keys.length : 1;
      errors.push(...errorsOf(issue, part, MOST_ERRORS - errors.length));
    }
  }
  if (count > 0) throw new InvalidRequest(errors, count);
  return values as Validated<Schemas>;
}

/** Returns the errors of one issue, no more than `most`: a client may send any number of names. */
function errorsOf(issue: z.core.$ZodIssue, part: keyof Parts, most: number): FieldError[] {
  const detail = issue.message;
  const paths =
    issue.code === "unrecognized_keys"
      ? issue.keys.slice(0, most).map((key) => [...issue.path, key])
      : [issue.path].slice(0, most);
  return paths.map((path) => ({ ...placeOf(path, part), detail }));
}

function placeOf(path: PropertyKey[], part: keyof Parts): Omit<FieldError, "detail"> {
  if (part === "body") {
    return { pointer: path.map((token) => `/${escaped(String(token))}`).join("") };
  }
  // Parameters that contradict each other have no place of their own.
  return path.length === 0 ? {} : { parameter: String(path[0]) };
}

/** Returns one reference token of a JSON pointer (RFC 6901 §3). */
function escaped(token: string): string {
  return token.replaceAll("~", "~0").replaceAll("/", "~1");
}

function oneOf(values: readonly unknown[]): string {
  const quoted = values.map((value) => `'${String(value)}'`);
  return [quoted.slice(0, -1).join(", "), quoted.at(-1)].filter(Boolean).join(" or ");
}
