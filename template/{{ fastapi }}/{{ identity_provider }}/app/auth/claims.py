"""What a verified token says, whose claims may be of any JSON type."""

from collections.abc import Mapping
from typing import Any

type Claims = Mapping[str, Any]


def texts(value: object) -> list[str]:
    """Return a claim that is a text or a list of texts, such as `aud` (RFC 7519 §4.1.3)."""
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, str)]


def claim_at(claims: Claims, path: str) -> object:
    """Return the claim of this name, or the member that the dots lead to; None without one.

    The whole name comes first: that of a custom claim is often a URL, which has dots, too.
    An empty path leads nowhere.
    """
    if not path:
        return None
    if path in claims:
        return claims[path]
    value: object = claims
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
