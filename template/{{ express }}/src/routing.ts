/** How paths are matched: exactly. */
import { type RequestHandler, Router } from "express";
import { MethodNotAllowed, NotFound } from "./problems.ts";

/** Returns a router for which `/items`, `/items/` and `/Items` are three paths. */
export function exactRouter(): Router {
  return Router({ caseSensitive: true, strict: true });
}

/** Ends every route: refuses the other methods and names those that the route has. */
export const methodNotAllowed: RequestHandler = (request) => {
  const methods = Object.keys(request.route.methods).filter((method) => method !== "_all");
  if (methods.includes("get")) methods.push("head");
  throw new MethodNotAllowed(methods.map((method) => method.toUpperCase()).sort());
};

/** Ends the application: nothing has this path. */
export const notFound: RequestHandler = () => {
  throw new NotFound();
};
