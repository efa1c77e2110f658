"""A small HTTP client that keeps a server busy over a few connections."""

from __future__ import annotations

import asyncio
import time


async def _converse(port: int, request: bytes, status: bytes, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answered = 0
    try:
        while time.perf_counter() < until:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 " + status):
                raise RuntimeError(head.decode())
            length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length))
            answered += 1
    finally:
        writer.close()
    return answered


def drive(
    port: int,
    method: str,
    path: str,
    *,
    token: str,
    body: bytes = b"",
    status: int = 200,
    seconds: float,
    connections: int = 16,
) -> int:
    """Send the same request over and over and return how many were answered.

    Raises ``RuntimeError`` with the head of the first answer that has another status.
    """
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {token}",
        *((f"Content-Type: application/json\r\nContent-Length: {len(body)}",) if body else ()),
    ]
    request = "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    async def run() -> int:
        until = time.perf_counter() + seconds
        conversations = (
            _converse(port, request, str(status).encode(), until) for _ in range(connections)
        )
        return sum(await asyncio.gather(*conversations))

    return asyncio.run(run())
