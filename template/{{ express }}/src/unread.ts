/** Bodies that come slowly, and what is left of a body when its answer is out. */
import type { IncomingMessage, ServerResponse } from "node:http";

interface Bounds {
  /** How much is read after the answer. */
  bytes: number;
  /** How long the client may take, from the end of its headers. */
  timeoutMs: number;
}

/**
 * Ends the connection of a client that takes too long, or sends on and on after its answer.
 *
 * Within the bounds the rest of a body is read: a client that still sends would not see its answer
 * if the connection was cut at once (RFC 9112 §9.6).
 */
export function boundBody(
  request: IncomingMessage,
  response: ServerResponse,
  { bytes, timeoutMs }: Bounds,
  onLate: () => void,
): void {
  if (!announcesBody(request)) return;
  const { socket } = request;
  const timer = setTimeout(() => {
    if (request.complete || socket.destroyed) return;
    onLate();
    socket.destroy();
  }, timeoutMs).unref();

  // Counts as a beginning: Node takes the rest of a body that nobody reads, whatever its size.
  request.read(0);
  closeWithoutReset(request);
  response.once("close", () => {
    if (request.complete || socket.destroyed) {
      clearTimeout(timer);
      return;
    }
    let left = bytes;
    request
      .on("data", (chunk: Buffer) => {
        left -= chunk.length;
        if (left < 0) socket.destroy();
      })
      .once("close", () => clearTimeout(timer))
      .resume();
    if (response.statusCode === 413) socket.destroySoon();
  });
}

/** Tells whether a body follows the headers. */
export function announcesBody({ headers }: IncomingMessage): boolean {
  return Number(headers["content-length"]) > 0 || headers["transfer-encoding"] !== undefined;
}

/** Lets a connection that ends after the answer stay half open until the body is there. */
function closeWithoutReset(request: IncomingMessage): void {
  const { socket } = request;
  const { destroySoon } = socket;
  socket.destroySoon = () => {
    socket.destroySoon = destroySoon;
    if (request.complete) {
      socket.destroySoon();
    } else {
      socket.end();
      request.once("end", () => socket.destroy());
    }
  };
}
