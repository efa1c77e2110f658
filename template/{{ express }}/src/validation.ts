/** What is wrong with a value, in words that fit after the value's name. */
import type { Request } from "express";
import type { z } from "zod";
import { type FieldError, InvalidRequest } from "./problems.ts";

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

/** Returns the parts of the request that have a schema; throws `InvalidRequest` with every fault. */
export function validated<Schemas extends Parts>(
  request: Request,
  schemas: Schemas,
): Validated<Schemas> {
  const values: Record<string, unknown> = {};
  const errors: FieldError[] = [];
  for (const part of ["params", "query", "body"] as const) {
    const schema = schemas[part];
    if (!schema) continue;
    const result = schema.safeParse(request[part], { error: explain });
    if (result.success) values[part] = result.data;
    else errors.push(...result.error.issues.flatMap((issue) => errorsOf(issue, part)));
  }
  if (errors.length > 0) throw new InvalidRequest(errors);
  return values as Validated<Schemas>;
}

function errorsOf(issue: z.core.$ZodIssue, part: keyof Parts): FieldError[] {
  const detail = issue.message;
  const paths =
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => [...issue.path, key])
      : [issue.path];
  return paths.map((path) =>
    part === "body"
      ? { pointer: path.map((token) => `/${escaped(String(token))}`).join(""), detail }
      : { parameter: String(path[0]), detail },
  );
}

/** Returns one reference token of a JSON pointer (RFC 6901 §3). */
function escaped(token: string): string {
  return token.replaceAll("~", "~0").replaceAll("/", "~1");
}

function oneOf(values: readonly unknown[]): string {
  const quoted = values.map((value) => `'${String(value)}'`);
  return [quoted.slice(0, -1).join(", "), quoted.at(-1)].filter(Boolean).join(" or ");
}
