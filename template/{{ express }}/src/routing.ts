/** How paths are matched, exactly, and what they are called in logs and metrics. */
import { type IRoute, type Request, type RequestHandler, Router } from "express";
import { MethodNotAllowed, NotFound } from "./problems.ts";

// Letters, digits, "-", ".", "_" and "~" in percent encoding (RFC 3986 §2.3).
const ENCODED_UNRESERVED = /%(?:2[de]|3\d|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9ae])/i;
// No path holds these characters as they are (RFC 3986 §3.3). Express ends the path at a "#", and
// takes a "\" for a "/" then.
const NEVER_IN_PATH = /[#\\]/;
const PARAMETER = /[:*](?:(\w+)|"([^"]+)")/g;

type Pattern = string | RegExp;

/** What Express 5.3 keeps of a route, or of a handler that is mounted below a path. */
interface Layer {
  rawPath: Pattern | Pattern[];
  route?: IRoute;
  handle: { stack?: Layer[] };
  match: (path: string) => { path: string; pattern: Pattern } | false;
}

/** What Express 5.3 keeps of an application that is mounted below a path of another one. */
interface MountedApp {
  parent?: MountedApp;
  mountpath: string | string[];
}

/** Returns a router for which `/items`, `/items/` and `/Items` are three paths. */
export function exactRouter(): Router {
  return Router({ caseSensitive: true, strict: true });
}

/**
 * Refuses another spelling of a path: `/%6Detrics` or `/metrics#` for `/metrics`.
 *
 * A proxy that keeps a path away from the outside compares what is written there.
 */
export const plainPaths: RequestHandler = (request, _, next) => {
  const [path = ""] = request.url.split("?", 1);
  if (ENCODED_UNRESERVED.test(path) || NEVER_IN_PATH.test(path)) throw new NotFound();
  next();
};

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

/**
 * Returns the template of the route that was taken, with those of the routers and applications that
 * it is below: `/shops/{shop}/items`, never with an id. Undefined when no route was taken.
 */
export function routeTemplate({ app, route }: Request, path: string): string | undefined {
  if (!route) return undefined;
  const below = templateBelow(app.router.stack as unknown as Layer[], route, path);
  // A mounted application that fails has handed the request back: nothing tells where it was.
  return prefixOf(app as unknown as MountedApp) + (below ?? templateOf(route.path));
}

function prefixOf({ parent, mountpath }: MountedApp): string {
  if (!parent) return "";
  return prefixOf(parent) + (mountpath === "/" ? "" : templateOf(mountpath));
}

function templateBelow(layers: Layer[], route: IRoute, path: string): string | undefined {
  for (const layer of layers) {
    if (layer.route === route) return templateOf(layer.rawPath);
    if (!layer.handle.stack) continue;
    // A router may be mounted below several paths.
    const mounted = layer.match(path);
    if (!mounted) continue;
    const prefix = templateOf(mounted.pattern);
    const rest = templateBelow(layer.handle.stack, route, path.slice(mounted.path.length) || "/");
    if (rest !== undefined) return prefix === "/" ? rest : prefix + (rest === "/" ? "" : rest);
  }
  return undefined;
}

function templateOf(pattern: Pattern | Pattern[]): string {
  if (Array.isArray(pattern)) return pattern.map(templateOf).join("|");
  return String(pattern).replaceAll(PARAMETER, (_, name, quoted) => `{${name ?? quoted}}`);
}
