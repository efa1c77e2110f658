/** Bodies that come slowly, and what is left of a body when its answer is out. */
import type { IncomingMessage, ServerResponse } from "node:http";

// How long a client that still sends has to read its answer.
const LINGER_MS = 1000;

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
  response.once("prefinish", () => {
    const closes = !response.shouldKeepAlive || response.getHeader("Connection") === "close";
    if (closes && !request.complete) closeWithoutReset(request);
  });
  response.once("close", () => {
    if (request.complete || socket.destroyed) {
      clearTimeout(timer);
      return;
    }
    let left = bytes;
    request
      .on("data", (chunk: Buffer) => {
        left -= chunk.length;
        if (left < 0) closeWithUnreadRest(request);
      })
      .once("close", () => clearTimeout(timer))
      .resume();
  });
}

/** Tells whether a body follows the headers. */
export function announcesBody({ headers }: IncomingMessage): boolean {
  return Number(headers["content-length"]) > 0 || headers["transfer-encoding"] !== undefined;
}

/** Has a connection that ends with the answer stay half open until the body is there. */
function closeWithoutReset(request: IncomingMessage): void {
  const { socket } = request;
  const { destroySoon } = socket;
  socket.destroySoon = () => {
    if (request.complete) destroySoon.call(socket);
    else closeAfterBody(request);
  };
}

/** Reads no more. Closed at once, the connection would be reset, and the answer lost. */
function closeWithUnreadRest(request: IncomingMessage): void {
  const { socket } = request;
  request.pause();
  socket.end();
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

function closeAfterBody(request: IncomingMessage): void {
  request.socket.end();
  request.once("end", () => request.socket.destroy());
}
