/** Bodies: one JSON text in UTF-8 (RFC 8259), read no further than the limit. */
import type { Request, RequestHandler } from "express";
import { BodyTooLarge, MalformedJson, UnsupportedMediaType } from "../problems.ts";
import { announcesBody } from "../unread.ts";

/** The application's setting: how many bytes a body may have. */
export const BODY_LIMIT = "body limit";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Refuses a body by its announced length, whatever the path. */
export const bodyLimit: RequestHandler = (request, _, next) => {
  if (Number(request.get("Content-Length")) > limitOf(request)) throw new BodyTooLarge();
  next();
};

/** Returns the parsed body; throws what is wrong with it. */
export async function readJson(request: Request): Promise<unknown> {
  if (announcesBody(request) && !isJson(request)) throw new UnsupportedMediaType();
  const body = await readBody(request, limitOf(request));
  return parse(body);
}

function limitOf(request: Request): number {
  return request.app.get(BODY_LIMIT);
}

function isJson(request: Request): boolean {
  const type = request.get("Content-Type")?.split(";", 1)[0];
  const encoding = request.get("Content-Encoding") ?? "identity";
  return plain(type) === "application/json" && plain(encoding) === "identity";
}

function plain(value: string | undefined): string | undefined {
  return value?.trim().toLowerCase();
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
