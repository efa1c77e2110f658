/** Who calls, for routes that need to know. */
import type { RequestHandler, Response } from "express";
import { log } from "../logging.ts";
import { Forbidden, Unauthenticated } from "../problems.ts";
import type { Subject } from "./subject.ts";
import type { AccessTokens } from "./tokens.ts";

const BEARER = /^bearer +(\S.*)$/i;

/** Returns the handler that lets only callers with a valid access token pass. */
export function bearer(tokens: AccessTokens): RequestHandler {
  return async (request, response, next) => {
    const token = BEARER.exec(request.get("Authorization") ?? "")?.[1];
    if (!token) throw new Unauthenticated();
    response.locals.subject = await tokens.verify(token);
    next();
  };
}

/** Returns the caller of a route behind `bearer`. */
export function subjectOf(response: Response): Subject {
  return response.locals.subject;
}

/** Lets only admins pass; comes after `bearer`. */
export const adminsOnly: RequestHandler = (_, response, next) => {
  const subject = subjectOf(response);
  if (subject.role !== "admin") {
    log.warning({ event: "role_denied", subject: subject.id, required: "admin" }, "role denied");
    throw new Forbidden();
  }
  next();
};
