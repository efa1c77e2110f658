/** The documentation: the OpenAPI document, and a page that shows it. */
import { createRequire } from "node:module";
import { dirname } from "node:path";
import type { Router } from "express";
import { NAME } from "./about.ts";
import { exactRouter, methodNotAllowed } from "./routing.ts";

const ASSETS = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
const FILES = ["swagger-ui.css", "swagger-ui-bundle.js"];
const POLICY = [
  "default-src 'none'",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "img-src 'self' data:",
  "script-src 'self'",
  // The page sets styles of single elements.
  "style-src 'self' 'unsafe-inline'",
].join("; ");

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>${NAME}</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="page"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/page.js"></script>
  </body>
</html>
`;
const SCRIPT = 'SwaggerUIBundle({ url: "/openapi.json", dom_id: "#page", deepLinking: true });\n';

/** Returns the routes of the document and its page. */
export function docsRoutes(document: object): Router {
  const router = exactRouter();

  router
    .route("/openapi.json")
    .get((_, response) => {
      response.json(document);
    })
    .all(methodNotAllowed);

  router
    .route("/docs")
    .get((_, response) => {
      response.set("Content-Security-Policy", POLICY).type("html").send(PAGE);
    })
    .all(methodNotAllowed);

  router
    .route("/docs/page.js")
    .get((_, response) => {
      response.type("js").send(SCRIPT);
    })
    .all(methodNotAllowed);

  for (const file of FILES) {
    router
      .route(`/docs/${file}`)
      .get((_, response) => response.sendFile(file, { root: ASSETS }))
      .all(methodNotAllowed);
  }
  return router;
}
