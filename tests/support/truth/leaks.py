"""What never belongs into a rendered file: logs, placeholders, template syntax, broken text."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from .document import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

# What each file may hold is an exception below: a new type of file starts with none.
LEAKS = {
    "terminal code": r"\x1b|\[\d{1,2}(;\d{1,2})*m",
    "information sign": "\u2139",
    "spinner": "[\u2800-\u28ff\u25d0-\u25d3]",
    "log text": r"\bDetecting\b|^\s*\[?(INFO|WARN|WARNING|ERROR|DEBUG)\]?[: ]|^Traceback ",
    "placeholder": r"\b(TODO|FIXME|XXX)\b|\[Add |\(other\)|\bLorem ipsum\b",
    "undefined": r"\bundefined\b",
    "None": r"\bNone\b",
    "template syntax": r"\{\{|\}\}|\{%|%\}|\{#",
    "mojibake": "\u00e2\u20ac|\u00c3[\u0080-\u00bf]|\u00c2[\u00a0-\u00bf]|\ufffd|\ufeff",
}
_NEVER = r"(?!)"
EXCEPTIONS = {
    # Braces are doubled in formatted strings, and meet in dictionaries.
    ".py": {"None": _NEVER, "template syntax": r"\{\{[ -]|\{%"},
    ".mako": {"None": _NEVER},
    ".ts": {"undefined": _NEVER, "template syntax": r"\{\{ \w+ \}\}|\{%"},
    ".json": {"template syntax": r"\{\{|\{%"},
    # A word of English, a leak only where a value is expected.
    ".md": {"None": r"(?:[:=|(]\s*|^\s*)[`\"'(]?None[`\"')]?\s*(?:[|,)]|$)"},
}
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}")


def leak_faults(path: str, text: str) -> Iterator[Fault]:
    """Yield a fault for each leak in one file."""
    exceptions = EXCEPTIONS.get(PurePosixPath(path).suffix, {})
    for number, line in enumerate(text.splitlines(), start=1):
        shown = _EXPRESSION.sub("", line) if ".github/workflows/" in path else line
        for name, pattern in LEAKS.items():
            if found := re.search(exceptions.get(name, pattern), shown):
                yield Fault(path, number, "leak", f"{name}: {found[0].strip()!r}")
