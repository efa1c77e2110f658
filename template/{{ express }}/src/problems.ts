/** Errors that a client sees: one class an error, one place that renders them (RFC 9457). */
import { STATUS_CODES } from "node:http";
import type { Request, Response } from "express";

export const MEDIA_TYPE = "application/problem+json";

// RFC 9110 renamed these two; Node still has the old phrases.
const RENAMED: Record<number, string> = { 413: "Content Too Large", 422: "Unprocessable Content" };

// What a client sends comes back no longer than this, in characters.
const LONGEST_INSTANCE = 2048;
const LONGEST_DETAIL = 2048;
const LONGEST_NAME = 200;
const LARGEST_PROBLEM = 32_768; // bytes
export const MOST_ERRORS = 20;

/** What is wrong with one field of the body, with one parameter, or with several together. */
export interface FieldError {
  pointer?: string;
  parameter?: string;
  detail: string;
}

interface ProblemOptions {
  headers?: Record<string, string>;
  errors?: FieldError[];
}

/** Returns the phrase of a status (RFC 9110 §15), or of its class when it is nobody's. */
export function phraseOf(status: number): string {
  const phrase = RENAMED[status] ?? STATUS_CODES[status];
  return phrase ?? (status < 500 ? "Client Error" : "Server Error");
}

/** An error with a status and a code that is stable for programs. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Record<string, string>;
  readonly errors: FieldError[];

  constructor(
    status: number,
    code: string,
    detail: string,
    { headers = {}, errors = [] }: ProblemOptions = {},
  ) {
    super(detail);
    this.status = status;
    this.code = code;
    this.headers = headers;
    this.errors = errors;
  }
}

export class MalformedJson extends Problem {
  constructor() {
    super(400, "malformed_json", "The body is not valid JSON.");
  }
}

export class Unauthenticated extends Problem {
  constructor() {
    super(401, "unauthenticated", "Sign in first: send a bearer token.", {
      headers: { "WWW-Authenticate": "Bearer" },
    });
  }
}

export class InvalidToken extends Problem {
  constructor() {
    super(401, "invalid_token", "The token is not valid, or no longer.", {
      headers: { "WWW-Authenticate": 'Bearer error="invalid_token"' },
    });
  }
}

export class Forbidden extends Problem {
  constructor() {
    super(403, "forbidden", "Your role does not allow this.");
  }
}

export class NotFound extends Problem {
  constructor() {
    super(404, "not_found", "There is nothing at this address.");
  }
}

export class MethodNotAllowed extends Problem {
  constructor(allowed: string[]) {
    super(405, "method_not_allowed", "This address does not take this method.", {
      headers: { Allow: allowed.join(", ") },
    });
  }
}

export class BodyTooLarge extends Problem {
  constructor() {
    super(413, "body_too_large", "The body is larger than this service accepts.", {
      // The rest of the body is not read.
      headers: { Connection: "close" },
    });
  }
}

export class UnsupportedMediaType extends Problem {
  constructor() {
    super(415, "unsupported_media_type", "Send the body as application/json.");
  }
}

export class InvalidRequest extends Problem {
  /** `count` tells how many fields are wrong when not all of them are listed. */
  constructor(errors: FieldError[], count = errors.length) {
    super(
      422,
      "invalid_request",
      count === 1 ? "1 field is invalid." : `${count} fields are invalid.`,
      { errors },
    );
  }
}

export class RateLimited extends Problem {
  constructor(headers: Record<string, string>) {
    super(429, "rate_limited", "Too many requests: try again later.", { headers });
  }
}

export class InternalError extends Problem {
  constructor() {
    super(500, "internal_error", "Something went wrong on our side.");
  }
}

export class Unavailable extends Problem {
  constructor() {
    super(503, "unavailable", "The service cannot answer at the moment: try again.", {
      headers: { "Retry-After": "1" },
    });
  }
}

/** Answers with the problem. */
export function sendProblem(request: Request, response: Response, problem: Problem): void {
  const { status, code, message, headers, errors } = problem;
  const members = {
    type: "about:blank",
    title: phraseOf(status),
    status,
    detail: message.slice(0, LONGEST_DETAIL).toWellFormed(),
    instance: instanceOf(request),
    request_id: response.getHeader("X-Request-ID"),
    code,
  };
  const text = withErrors(members, errors.slice(0, MOST_ERRORS).map(bounded));
  response.status(status).set(headers).type(MEDIA_TYPE).send(text);
}

/** Returns the JSON text, with as many of the errors as there is room for. */
function withErrors(members: object, errors: FieldError[]): string {
  const text = JSON.stringify({ ...members, ...(errors.length > 0 && { errors }) });
  if (errors.length === 0 || Buffer.byteLength(text) <= LARGEST_PROBLEM) return text;
  return withErrors(members, errors.slice(0, -1));
}

/** Returns the path, not cut inside a percent escape. */
function instanceOf(request: Request): string {
  const path = request.originalUrl.split("?", 1)[0] ?? "";
  if (path.length <= LONGEST_INSTANCE) return path;
  return path.slice(0, LONGEST_INSTANCE).replace(/%[0-9a-f]?$/i, "");
}

function bounded({ pointer, parameter, detail }: FieldError): FieldError {
  return {
    ...(pointer !== undefined && { pointer: shortened(pointer) }),
    ...(parameter !== undefined && { parameter: shortened(parameter) }),
    detail,
  };
}

/** Lone surrogates would be escaped, which takes twice the room. */
function shortened(name: string): string {
  // A character is one UTF-16 unit or two.
  const start = name.slice(0, 2 * LONGEST_NAME);
  return [...start].slice(0, LONGEST_NAME).join("").toWellFormed();
}
