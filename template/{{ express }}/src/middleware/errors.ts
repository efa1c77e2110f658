/** The last net: whatever nobody handled becomes a problem without any inner detail. */
import type { ErrorRequestHandler } from "express";
import { log, stackOf } from "../logging.ts";
import { InternalError, NotFound, Problem, sendProblem } from "../problems.ts";

/** Answers with the problem that was thrown, or with 500 for anything else. */
export const handleErrors: ErrorRequestHandler = (error: unknown, request, response, _) => {
  // The client went away in the middle of its body: nobody is left to be told.
  if (error === request.errored) {
    response.destroy();
    return;
  }
  const problem = problemOf(error);
  if (problem instanceof InternalError) {
    log.error({ exception: stackOf(error) }, "unhandled error");
  }
  // Half an answer cannot become another one; a client that went away gets none.
  if (response.headersSent || request.socket.destroyed) response.destroy();
  else sendProblem(request, response, problem);
};

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  // A path such as /%ZZ that cannot be decoded.
  if (error instanceof URIError) return new NotFound();
  return new InternalError();
}
