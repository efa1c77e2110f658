"""A Markdown document taken apart: what it shows as code, names in code, links to and says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml
from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from markdown_it.token import Token

_FENCE = "---"


@dataclass(frozen=True, order=True)
class Fault:
    """One claim that is not true, or one thing that must not be there."""

    path: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


@dataclass(frozen=True)
class Span:
    """A piece of one line."""

    text: str
    line: int


@dataclass(frozen=True)
class Block:
    """A fenced block of code; ``line`` is that of its first line of code."""

    language: str
    text: str
    line: int

    def lines(self) -> list[Span]:
        return [Span(text, self.line + n) for n, text in enumerate(self.text.splitlines())]


@dataclass
class Document:
    path: str
    text: str
    front_matter: dict[str, Any] | None = None
    blocks: list[Block] = field(default_factory=list)
    code: list[Span] = field(default_factory=list)
    links: list[Span] = field(default_factory=list)
    prose: list[Span] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, line: int, rule: str, message: str) -> Fault:
        return Fault(self.path, line, rule, message)

    def lines(self) -> list[Span]:
        """Return every line, code and front matter included."""
        return [Span(text, n) for n, text in enumerate(self.text.splitlines(), start=1)]


def parse(path: str, text: str) -> Document:
    """Return the document; front matter that cannot be read is one of its ``faults``."""
    document = Document(path, text)
    for token in MarkdownIt("commonmark").enable("table").parse(_without_front_matter(document)):
        if token.type in {"fence", "code_block"}:
            first = (token.map or [0])[0] + (2 if token.type == "fence" else 1)
            document.blocks.append(Block(token.info.split(" ")[0].lower(), token.content, first))
        elif token.type == "html_block":
            document.prose.append(Span(token.content, (token.map or [0])[0] + 1))
        elif token.type == "inline":
            _read_inline(document, token)
    return document


def _read_inline(document: Document, token: Token) -> None:
    line = (token.map or [0])[0] + 1
    for child in token.children or ():
        if child.type in {"softbreak", "hardbreak"}:
            line += 1
        elif child.type == "code_inline":
            document.code.append(Span(child.content, line))
        elif child.type in {"link_open", "image"}:
            target = child.attrGet("href") or child.attrGet("src")
            document.links.append(Span(str(target), line))
        elif child.content:
            document.prose.append(Span(child.content, line))


def _without_front_matter(document: Document) -> str:
    """Read the front matter and return the rest, with every line at its old place."""
    lines = document.text.splitlines()
    if not lines or lines[0] != _FENCE or _FENCE not in lines[1:]:
        return document.text
    end = lines.index(_FENCE, 1)
    try:
        front_matter = yaml.safe_load("\n".join(lines[1:end]))
        if not isinstance(front_matter, dict):
            raise TypeError("it is no mapping")
        document.front_matter = front_matter
    except (yaml.YAMLError, TypeError) as error:
        document.faults.append(document.fault(1, "front matter", f"cannot be read: {error}"))
    return "\n" * (end + 1) + "\n".join(lines[end + 1 :])
