"""The times in a token (RFC 7519 §2: NumericDate)."""

from collections.abc import Mapping
from typing import Any

# How far two clocks may be apart.
LEEWAY_SECONDS = 30


def are_numbers(claims: Mapping[str, Any]) -> bool:
    """Tell whether the times of a token are JSON numbers: the library takes texts and booleans."""
    times = (claims[name] for name in ("exp", "iat", "nbf") if name in claims)
    return all(type(time) in {int, float} for time in times)
