from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest

from app.pagination import Cursor

CURSOR = Cursor(datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC), UUID(int=2**127 + 7))
PACKED = urlsafe_b64decode(CURSOR.encode() + "==")


def spell(packed: bytes) -> str:
    return urlsafe_b64encode(packed).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A",
        "no cursor",
        CURSOR.encode() + "=",
        CURSOR.encode() + "A",
        CURSOR.encode()[:-1],
        "\n" + CURSOR.encode(),
        "*" + CURSOR.encode(),
        CURSOR.encode().replace(CURSOR.encode()[0], "é", 1),
        spell(bytes([2]) + PACKED[1:]),
        spell(bytes([1]) + b"\x7f" * 8 + PACKED[9:]),
        spell(PACKED + b"\0"),
    ],
)
def test_other_text_is_no_cursor(text: str) -> None:
    with pytest.raises(ValueError, match="is no cursor of this list"):
        Cursor.decode(text)


@pytest.mark.parametrize(
    "created_at",
    [
        CURSOR.created_at,
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(2026, 1, 31, tzinfo=timezone(timedelta(hours=-8))),
    ],
)
def test_cursor_survives_its_text(created_at: datetime) -> None:
    cursor = Cursor(created_at, uuid4())
    assert Cursor.decode(cursor.encode()) == cursor


def test_text_is_safe_in_a_url() -> None:
    text = Cursor(CURSOR.created_at, UUID(int=2**128 - 1)).encode()
    assert text.replace("-", "").replace("_", "").isalnum()
