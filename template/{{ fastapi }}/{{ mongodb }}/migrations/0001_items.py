"""Items."""

from pymongo import IndexModel

from app.database import Collections
from app.migrator import put_collection

ID = {"bsonType": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}

ITEMS = {
    "bsonType": "object",
    "required": ["_id", "owner_id", "title", "description", "created_at", "updated_at"],
    "properties": {
        "_id": ID,
        "owner_id": {"bsonType": "string", "minLength": 1, "maxLength": 255},
        "title": {"bsonType": "string", "minLength": 1, "maxLength": 200},
        "description": {"bsonType": ["string", "null"], "maxLength": 2000},
        "created_at": {"bsonType": "date"},
        "updated_at": {"bsonType": "date"},
    },
}


async def upgrade(db: Collections) -> None:
    # Serves the list: the items of one owner in the order of the cursor, read backwards.
    by_owner = IndexModel(["owner_id", "created_at", "_id"], name="owner_id_created_at_id")
    await put_collection(db, "items", schema=ITEMS, indexes=[by_owner])
