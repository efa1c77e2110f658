"""Accounts and their refresh tokens."""

from pymongo import IndexModel

from app.database import Collections
from app.migrator import put_collection

ID = {"bsonType": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}
DATE = {"bsonType": "date"}
DATE_OR_NULL = {"bsonType": ["date", "null"]}

USERS = {
    "bsonType": "object",
    "required": [
        "_id",
        "email",
        "password_hash",
        "role",
        "created_at",
        "disabled_at",
        "token_generation",
    ],
    "properties": {
        "_id": ID,
        # In lower case, which makes addresses unique whatever their case.
        "email": {"bsonType": "string", "pattern": "^[^A-Z]+$", "maxLength": 254},
        "password_hash": {"bsonType": "string", "maxLength": 255},
        "role": {"enum": ["user", "admin"]},
        "created_at": DATE,
        "disabled_at": DATE_OR_NULL,
        "token_generation": {"bsonType": "int", "minimum": 0},
    },
}

FAMILIES = {
    "bsonType": "object",
    "required": [
        "_id",
        "user_id",
        "token_generation",
        "token_hash",
        "expires_at",
        "revoked_at",
    ],
    "properties": {
        "_id": ID,
        "user_id": ID,
        "token_generation": {"bsonType": "int", "minimum": 0},
        "token_hash": {"bsonType": "binData"},
        "family_started_at": DATE_OR_NULL,
        "expires_at": DATE,
        "revoked_at": DATE_OR_NULL,
    },
}

USED_TOKENS = {
    "bsonType": "object",
    "required": ["_id", "token_hash", "family_id", "used_at", "expires_at"],
    "properties": {
        "_id": ID,
        "token_hash": {"bsonType": "binData"},
        "family_id": ID,
        "used_at": DATE,
        "expires_at": DATE,
    },
}


async def upgrade(db: Collections) -> None:
    by_email = IndexModel("email", unique=True, name="email")
    # Serves the list of all accounts in the order of the cursor, read backwards.
    by_age = IndexModel(["created_at", "_id"], name="created_at_id")
    await put_collection(db, "users", schema=USERS, indexes=[by_email, by_age])

    by_hash = IndexModel("token_hash", unique=True, name="token_hash")
    # The server removes them by itself, within a minute of the time that they hold.
    expiry = IndexModel("expires_at", expireAfterSeconds=0, name="expires_at")
    await put_collection(db, "refresh_families", schema=FAMILIES, indexes=[by_hash, expiry])
    await put_collection(db, "used_refresh_tokens", schema=USED_TOKENS, indexes=[by_hash, expiry])
