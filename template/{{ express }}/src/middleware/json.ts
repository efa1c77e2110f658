/** Bodies: one JSON text in UTF-8 (RFC 8259), read no further than the limit. */
import type { Request, RequestHandler } from "express";
import { BodyTooLarge, MalformedJson, UnsupportedMediaType } from "../problems.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Returns the handler that refuses a body by its announced length, whatever the path. */
export function bodyLimit(limit: number): RequestHandler {
  return (request, _, next) => {
    if (Number(request.get("Content-Length")) > limit) throw new BodyTooLarge();
    next();
  };
}

/** Returns the handler that puts the parsed body into `request.body`. */
export function jsonBody(limit: number): RequestHandler {
  return async (request, _, next) => {
    const body = await readBody(request, limit);
    if (body.length === 0) throw new MalformedJson();
    if (mediaType(request) !== "application/json" || request.get("Content-Encoding")) {
      throw new UnsupportedMediaType();
    }
    request.body = parse(body);
    next();
  };
}

/** Returns the body; throws `BodyTooLarge` as soon as it is longer than the limit. */
function readBody(request: Request, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const read = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) {
        chunks.push(chunk);
      } else {
        request.off("data", read).pause();
        reject(new BodyTooLarge());
      }
    };
    request
      .on("data", read)
      .once("end", () => resolve(Buffer.concat(chunks)))
      .once("error", reject);
  });
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(body));
  } catch {
    throw new MalformedJson();
  }
}

function mediaType(request: Request): string | undefined {
  return request.get("Content-Type")?.split(";", 1)[0]?.trim().toLowerCase();
}
