/** The last net: whatever nobody handled becomes a problem without any inner detail. */
import { STATUS_CODES } from "node:http";
import type { ErrorRequestHandler } from "express";
import { log, stackOf } from "../logging.ts";
import {
  BodyTooLarge,
  Forbidden,
  InternalError,
  MethodNotAllowed,
  NotFound,
  Problem,
  phraseOf,
  RateLimited,
  sendProblem,
  Unauthenticated,
  Unavailable,
  UnsupportedMediaType,
} from "../problems.ts";

// What is said for a status without a text of its own.
const TEXTS = new Map(
  [
    new Unauthenticated(),
    new Forbidden(),
    new NotFound(),
    new MethodNotAllowed([]),
    new BodyTooLarge(),
    new UnsupportedMediaType(),
    new RateLimited({}),
  ].map(({ status, message }) => [status, message]),
);

/** Answers with the problem that was thrown; anything else becomes one. */
export const handleErrors: ErrorRequestHandler = (error: unknown, request, response, _) => {
  // The client went away in the middle of its body: nobody is left to be told.
  if (error === request.errored) {
    response.destroy();
    return;
  }
  const problem = problemOf(error);
  if (problem.status >= 500 && !(error instanceof Unavailable)) {
    log.error({ exception: stackOf(error) }, "unhandled error");
  }
  // Half an answer cannot become another one; a client that went away gets none.
  if (response.headersSent || request.socket.destroyed) response.destroy();
  else sendProblem(request, response, problem);
};

/** Errors of `http-errors` and of many libraries have a status, and some have headers. */
interface ErrorOptions {
  expose?: boolean;
  headers?: Record<string, string>;
}

function problemOf(error: unknown): Problem {
  if (error instanceof Unavailable) return error;
  // A path such as /%ZZ that cannot be decoded.
  if (error instanceof URIError) return new NotFound();
  const status = statusOf(error);
  if (status === undefined) return new InternalError();
  if (status >= 500) return serverError(error, status);
  return error instanceof Problem ? error : clientError(error as Error, status);
}

/** Returns the status of an error, which some libraries call `statusCode` only; undefined without. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { status, statusCode = 0 } = error as { status?: number; statusCode?: number };
  const found = status ?? statusCode;
  return Number.isInteger(found) && found >= 400 && found <= 599 ? found : undefined;
}

/** Keeps the status; the text is for the log only. */
function serverError(error: unknown, status: number): Problem {
  if (status === 503) return new Unavailable();
  const code = error instanceof Problem ? error.code : codeOf(status);
  const { message } = new InternalError();
  return new Problem(status, status === 500 ? "internal_error" : code, message);
}

/** Keeps the status, and the text if it is meant for clients. */
function clientError(error: Error & ErrorOptions, status: number): Problem {
  const { message } = error;
  const says = isForClients(error) && message !== "" && message !== STATUS_CODES[status];
  const headers = error.expose ? { ...error.headers } : {};
  if (status === 401) headers["WWW-Authenticate"] ??= "Bearer";
  const detail = says ? message : (TEXTS.get(status) ?? `${phraseOf(status)}.`);
  return new Problem(status, codeOf(status), detail, { headers });
}

/**
 * Tells whether a text was written for the client. Libraries say so with `expose`; an error that was
 * made in this project's own code is. The text of a system error holds a path or an address.
 */
function isForClients(error: Error & ErrorOptions): boolean {
  return (error.expose ?? !isOfLibrary(error)) && !("syscall" in error);
}

/** Tells whether the error was made in a dependency, or in Node. */
function isOfLibrary({ stack = "" }: Error): boolean {
  const [place = ""] = /^ +at .*$/m.exec(stack) ?? [];
  return /\bnode_modules\b|\bnode:/.test(place);
}

/** Returns the words of the status: `unprocessable_content`. */
function codeOf(status: number): string {
  return phraseOf(status)
    .toLowerCase()
    .replaceAll("'", "")
    .replaceAll(/[^a-z]+/g, "_");
}
