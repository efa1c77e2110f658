"""TOML, JSON with comments, YAML, INI, XML: plain dictionaries, lists and strings."""

from __future__ import annotations

import bisect
import configparser
import functools
import json
import re
import tomllib

# Documents with a DOCTYPE are refused, which is what the rule is about.
import xml.etree.ElementTree as ET
from itertools import islice
from typing import Any

import yaml

Data = dict[str, Any] | list[Any] | str | float | bool | None
"""What a document is made of."""

MAX_DEPTH = 100
MAX_NODES = 100_000
MAX_ENTRIES = 2_000
"""Entries of one table or list: nobody writes more, and for each its line is looked up."""

# Each alternative takes all it looked at, closed or not: time stays linear.
_JSON_NOISE = re.compile(
    r'("(?:[^"\\\n]|\\.)*+"?)|//[^\n]*|/\*.*?(?:\*/|\Z)|,(?=\s{0,200}[}\]])', re.DOTALL
)


# The parser takes time with the square of the parts of a key. Starts at words only, and takes all
# it looked at: linear.
_DEEP_KEY = re.compile(r"(?<![^\s.=\[\]{},])(?:[^\s.=\[\]{},]++[ \t]*+\.[ \t]*+){50}")


def parse_toml(text: str) -> dict[str, Any] | None:
    """Return the document, or None; also for one with keys of more than fifty parts."""
    if _DEEP_KEY.search(text):
        return None
    try:
        return tomllib.loads(text)
    # A number of thousands of digits is a ValueError, thousands of brackets a RecursionError.
    except (ValueError, RecursionError):
        return None


def parse_json(text: str) -> Data:
    """Return the document, or None. Comments and trailing commas are accepted, as tools do."""
    try:
        document: Data = json.loads(text)
        return document
    except (ValueError, RecursionError):
        pass
    try:
        # Comments first: what follows a comma may be one.
        plain = _JSON_NOISE.sub(_keep_strings_and_commas, text)
        repaired: Data = json.loads(_JSON_NOISE.sub(lambda found: found[1] or "", plain))
        return repaired
    except (ValueError, RecursionError):
        return None


def _keep_strings_and_commas(found: re.Match[str]) -> str:
    return found[0] if found[1] or found[0] == "," else " "


class Lines(dict[str, Any]):
    """A mapping of YAML that knows the line of each key."""

    def __init__(self) -> None:
        super().__init__()
        self.line: dict[str, int] = {}


def parse_yaml(text: str) -> Data:
    """Return the first document with every scalar as a string, or None.

    Made from the parser's events and not with its loader: that one resolves any number of
    aliases in aliases, and its C code crashes on thousands of brackets.
    """
    try:
        return _Composer().compose(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None


class _Composer:
    """Builds one document. An alias is the object itself, so no alias costs memory."""

    def __init__(self) -> None:
        self._anchors: dict[str, Any] = {}
        self._stack: list[Any] = []
        self._keys: list[tuple[str, int] | None] = []
        self._root: Any = None

    def compose(self, text: str) -> Data:
        loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
        for number, event in enumerate(yaml.parse(text, Loader=loader)):
            if number > MAX_NODES or len(self._stack) > MAX_DEPTH:
                return None
            if isinstance(event, yaml.DocumentEndEvent):
                break
            self._take(event)
        root: Data = self._root
        return root

    def _take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.ScalarEvent):
            self._add(event.value, line, event.anchor)
        elif isinstance(event, yaml.AliasEvent):
            self._add(self._anchors.get(event.anchor or ""), line, None)
        elif isinstance(event, yaml.MappingStartEvent):
            self._open(Lines(), line, event.anchor)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._open([], line, event.anchor)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._stack.pop()
            self._keys.pop()

    def _open(self, value: Data, line: int, anchor: str | None) -> None:
        self._add(value, line, anchor)
        self._stack.append(value)
        self._keys.append(None)

    def _add(self, value: Data, line: int, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = value
        if not self._stack:
            self._root = value
        elif isinstance(self._stack[-1], list):
            self._stack[-1].append(value)
        elif (key := self._keys[-1]) is None:
            self._keys[-1] = (value if isinstance(value, str) else "", line)
        else:
            mapping: Lines = self._stack[-1]
            self._keys[-1] = None
            if key[0] == "<<":
                _merge(mapping, value)
            else:
                mapping[key[0]] = value
                mapping.line[key[0]] = key[1]


def _merge(mapping: Lines, value: Data) -> None:
    for source in value if isinstance(value, list) else [value]:
        if isinstance(source, Lines) and len(source) + len(mapping) <= MAX_NODES:
            for key, item in source.items():
                if key not in mapping:
                    mapping[key] = item
                    mapping.line[key] = source.line[key]


def parse_ini(text: str) -> dict[str, dict[str, str]] | None:
    """Return the sections, or None."""
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except (configparser.Error, ValueError):
        return None
    return {
        name: {key: value or "" for key, value in islice(parser.items(name), MAX_ENTRIES)}
        for name in parser.sections()[:MAX_ENTRIES]
    }


def parse_xml(text: str) -> ET.Element | None:
    """Return the root element, names without their namespace, or None.

    A document with a DOCTYPE is refused: manifests have none, entities in entities need one.
    """
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return None
    try:
        root = ET.fromstring(text)  # noqa: S314
    except (ET.ParseError, ValueError, RecursionError):
        return None
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = element.tag.rpartition("}")[2]
    return root


def mapping(value: Data) -> dict[str, Any]:
    """Return the value if it is a mapping, or an empty one; of a long one the first entries."""
    if not isinstance(value, dict):
        return {}
    if len(value) > MAX_ENTRIES:
        for key in list(value)[MAX_ENTRIES:]:
            del value[key]
    return value


def sequence(value: Data) -> list[Any]:
    """Return the value if it is a list, or an empty one; of a long one the first entries."""
    return value[:MAX_ENTRIES] if isinstance(value, list) else []


def strings(value: Data) -> list[str]:
    """Return the strings of a list, or of a single one."""
    listed = sequence(value) if isinstance(value, list) else [value]
    return [each for each in listed if isinstance(each, str)]


def at(value: Data, path: str) -> Data:
    """Return what is at a dotted path of mappings, or None."""
    for key in path.split("."):
        value = mapping(value).get(key)
    return value


def line_of(text: str, *needles: str) -> int:
    """Return the line of the last needle, each looked for after the one before; 1 when absent.

    Only for where to point: what a file says is read by its parser.
    """
    position = 0
    for needle in needles:
        found = text.find(needle, position)
        position = found if found >= 0 else position
    return line_at(text, position)


def line_at(text: str, position: int) -> int:
    """Return the line of a position."""
    return bisect.bisect_left(_ends(text), position) + 1


@functools.lru_cache(maxsize=4)
def _ends(text: str) -> list[int]:
    """Return where the lines of a text end."""
    return [found.start() for found in re.finditer("\n", text)]
