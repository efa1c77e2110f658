"""The least that a Python service can do for the same requests: bare ASGI on asyncpg.

It checks the same token, runs the same three queries and answers the same JSON. It has no
framework, no validation, no log, no metrics and no security headers.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import uuid
from datetime import UTC, datetime
from typing import Any

import asyncpg
import jwt
import uvicorn

KEY = os.environ["AUTH_SECRET_KEY"]
NAME = os.environ["TOKEN_ISSUER"]
COLUMNS = "id, title, description, created_at, updated_at"
LIST = (
    f"SELECT {COLUMNS} FROM items WHERE owner_id = $1 "  # noqa: S608 # a constant
    "ORDER BY created_at DESC, id DESC LIMIT 21"
)
GET = f"SELECT {COLUMNS} FROM items WHERE owner_id = $1 AND id = $2"  # noqa: S608
INSERT = (
    f"INSERT INTO items (owner_id, {COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6) "  # noqa: S608
    f"RETURNING {COLUMNS}"
)
pool: asyncpg.Pool


def as_json(row: asyncpg.Record) -> dict[str, Any]:
    return {
        "id": str(row[0]),
        "title": row[1],
        "description": row[2],
        "created_at": row[3].isoformat(),
        "updated_at": row[4].isoformat(),
    }


def owner(scope: Any) -> str:
    header = next(value for name, value in scope["headers"] if name == b"authorization")
    claims = jwt.decode(
        header[7:],
        KEY,
        algorithms=["HS256"],
        issuer=NAME,
        audience=NAME,
        options={"require": ["exp", "sub", "iss", "aud"]},
    )
    return str(claims["sub"])


async def answer(scope: Any, receive: Any) -> tuple[int, Any]:
    subject = owner(scope)
    if scope["method"] == "POST":
        body = json.loads((await receive())["body"])
        now = datetime.now(UTC)
        new = (subject, uuid.UUID(bytes=secrets.token_bytes(16)), body["title"], None, now, now)
        return 201, as_json(await pool.fetchrow(INSERT, *new))
    if scope["path"] == "/api/v1/items":
        rows = [as_json(row) for row in await pool.fetch(LIST, subject)]
        return 200, {"items": rows[:20], "next_cursor": rows[19]["id"]}
    item_id = uuid.UUID(scope["path"].rsplit("/", 1)[1])
    return 200, as_json(await pool.fetchrow(GET, subject, item_id))


async def app(scope: Any, receive: Any, send: Any) -> None:
    global pool
    if scope["type"] == "lifespan":
        await receive()
        pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=10, max_size=10)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await pool.close()
        await send({"type": "lifespan.shutdown.complete"})
        return
    if scope["path"] == "/health/live":
        status, body = 200, b"{}"
    else:
        status, document = await answer(scope, receive)
        body = json.dumps(document).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False)
