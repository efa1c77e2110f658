"""What holds for documents that agents read: their front matter, their size, their promises."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .document import Document, Fault
    from .facts import Facts

TOOLS = frozenset(["Read", "Edit", "Write", "Grep", "Glob", "Bash", "WebSearch", "WebFetch"])
COLORS = frozenset(["red", "blue", "green", "yellow", "purple", "orange", "pink", "cyan"])
MODELS = frozenset(["inherit", "haiku", "sonnet", "opus"])
_KEYS = frozenset(["name", "description", "tools", "model", "color"])
_LONGEST_DESCRIPTION = 1024
_LONGEST_DOCUMENT = {"AGENTS.md": 200}

# Costs tokens in every run and changes nothing: what a project wants is said in its own terms.
_GENERIC = re.compile(
    r"\b(best practices|clean code|SOLID principles|deep expertise|production-grade|robust|"
    r"scalable|specializing|comprehensive)\b",
    re.IGNORECASE,
)
_DELEGATE = re.compile(r"\bdelegate to `?([a-z][\w-]*)")
_LISTED = re.compile(
    r"\s*[-*] (?:`([a-z][a-z0-9-]*)`|\*\*([a-z][a-z0-9-]*)\*\*)(?= +[-:\u2013\u2014]|$)"
)
_HEADING = re.compile(r"#{1,6} ")


def is_agent_document(path: str) -> bool:
    """Tell whether agents read this file as instructions."""
    return path in {"AGENTS.md", "CLAUDE.md"} or path.startswith((".claude/", ".agents/"))


def agent_faults(facts: Facts, document: Document) -> Iterator[Fault]:
    """Yield a fault for each rule that an agent's document breaks."""
    limit = _LONGEST_DOCUMENT.get(document.path)
    count = len(document.lines())
    if limit and count > limit:
        yield document.fault(count, "length", f"{count} lines, at most {limit}")
    if "/agents/" in document.path:
        yield from _front_matter_faults(document)
    for line in document.lines():
        if found := _GENERIC.search(line.text):
            yield document.fault(
                line.line, "generic", f"{found[0]!r} says nothing about the project"
            )
    yield from _import_faults(facts, document)
    yield from _promise_faults(facts, document)


def _front_matter_faults(document: Document) -> Iterator[Fault]:
    fields = document.front_matter
    if fields is None:
        if not document.faults:
            yield document.fault(1, "front matter", "is missing")
        return
    for key in sorted(fields.keys() - _KEYS):
        yield document.fault(
            _line_of(document, key), "front matter", f"{key} is no key of an agent"
        )
    if fields.get("name") != PurePosixPath(document.path).stem:
        yield document.fault(
            _line_of(document, "name"), "front matter", "name differs from the file's"
        )
    description = str(fields.get("description") or "")
    if not 0 < len(description) <= _LONGEST_DESCRIPTION or re.search(r"[<>\n]", description):
        message = f"description: one line of at most {_LONGEST_DESCRIPTION} characters, no < or >"
        yield document.fault(_line_of(document, "description"), "front matter", message)
    for tool in str(fields.get("tools", "Read")).split(","):
        if tool.strip() not in TOOLS:
            yield document.fault(
                _line_of(document, "tools"), "front matter", f"no tool {tool.strip()}"
            )
    for key, known in (("color", COLORS), ("model", MODELS)):
        if key in fields and fields[key] not in known:
            yield document.fault(_line_of(document, key), "front matter", f"no {key} {fields[key]}")


def _line_of(document: Document, key: str) -> int:
    return next((line.line for line in document.lines() if line.text.startswith(f"{key}:")), 1)


def _import_faults(facts: Facts, document: Document) -> Iterator[Fault]:
    for span in document.prose:
        for path in re.findall(r"(?:^|\s)@([\w./-]+)", span.text):
            if path not in facts.paths:
                yield document.fault(span.line, "path", f"there is no {path} to import")


def _promise_faults(facts: Facts, document: Document) -> Iterator[Fault]:
    """Yield a fault for each agent or skill that is named and not there."""
    agents = _names(facts, r"\.claude/agents/([\w-]+)\.md")
    skills = _names(facts, r"\.(?:claude|agents)/skills/([\w-]+)/SKILL\.md")
    about_skills = False
    for line in document.lines():
        for name in _DELEGATE.findall(line.text):
            if name not in agents:
                yield document.fault(line.line, "promise", f"there is no agent {name}")
        item = _LISTED.match(line.text)
        if item and about_skills and (item[1] or item[2]) not in skills:
            yield document.fault(line.line, "promise", f"there is no skill {item[1] or item[2]}")
        if not item and line.text.strip():
            # Sub-headings divide a list of skills; the next chapter ends it.
            says_so = "skill" in line.text.lower()
            chapter = bool(_HEADING.match(line.text)) and not line.text.startswith("###")
            about_skills = says_so or (about_skills and not chapter)


def _names(facts: Facts, pattern: str) -> set[str]:
    return {found[1] for path in facts.files if (found := re.fullmatch(pattern, path))}
