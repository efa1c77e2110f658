"""What holds for documents that agents read: their front matter, their size, their promises."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .document import Document, Fault
    from .facts import Facts

TOOLS = frozenset(["Read", "Edit", "Write", "Grep", "Glob", "Bash", "WebSearch", "WebFetch"])
COLORS = frozenset(["red", "blue", "green", "yellow", "purple", "orange", "pink", "cyan"])
MODELS = frozenset(["inherit", "haiku", "sonnet", "opus"])


@dataclass(frozen=True)
class Format:
    """What one tool reads as the head of an agent's file, as its documentation says."""

    path: str
    docs: str
    required: frozenset[str]
    optional: frozenset[str]
    values: Mapping[str, frozenset[str]]


def _format(path: str, docs: str, required: str, optional: str, **values: frozenset[str]) -> Format:
    return Format(path, docs, frozenset(required.split()), frozenset(optional.split()), values)


FORMATS = (
    _format(
        r"\.claude/agents/([\w-]+)\.md",
        "https://code.claude.com/docs/en/sub-agents",
        "name description",
        "tools model color",
        color=COLORS,
        model=MODELS,
    ),
    _format(
        r"\.github/agents/([\w-]+)\.agent\.md",
        "https://docs.github.com/en/copilot/reference/custom-agents-configuration",
        "description",
        "name target tools model",
        target=frozenset(["vscode", "github-copilot"]),
    ),
    _format(
        r"\.cursor/agents/([\w-]+)\.md",
        "https://cursor.com/docs/subagents",
        "name description",
        "model readonly is_background",
        model=frozenset(["inherit", "fast"]),
    ),
    _format(
        r"\.codex/agents/([\w-]+)\.toml",
        "https://developers.openai.com/codex/subagents",
        "name description developer_instructions",
        "model model_reasoning_effort sandbox_mode",
        sandbox_mode=frozenset(["read-only", "workspace-write", "danger-full-access"]),
    ),
    _format(
        r"\.opencode/agents/([\w-]+)\.md",
        "https://opencode.ai/docs/agents/",
        "description",
        "mode model permission",
        mode=frozenset(["primary", "subagent", "all"]),
    ),
)
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
    return (
        path in {"AGENTS.md", "CLAUDE.md"}
        or path.startswith((".claude/", ".agents/"))
        or format_of(path) is not None
    )


def format_of(path: str) -> Format | None:
    """Return the format of an agent's file, from its path."""
    return next((each for each in FORMATS if re.fullmatch(each.path, path)), None)


def agent_faults(facts: Facts, document: Document) -> Iterator[Fault]:
    """Yield a fault for each rule that an agent's document breaks."""
    limit = _LONGEST_DOCUMENT.get(document.path)
    count = len(document.lines())
    if limit and count > limit:
        yield document.fault(count, "length", f"{count} lines, at most {limit}")
    if form := format_of(document.path):
        yield from _front_matter_faults(document, form)
    for line in document.lines():
        if found := _GENERIC.search(line.text):
            yield document.fault(
                line.line, "generic", f"{found[0]!r} says nothing about the project"
            )
    yield from _import_faults(facts, document)
    yield from _promise_faults(facts, document)


def _front_matter_faults(document: Document, form: Format) -> Iterator[Fault]:
    fields = _fields(document)
    if fields is None:
        if not document.faults:
            yield document.fault(1, "front matter", "is missing or cannot be read")
        return
    for key in sorted(form.required - fields.keys()):
        yield document.fault(1, "front matter", f"{key} is missing, see {form.docs}")
    for key in sorted(fields.keys() - form.required - form.optional):
        yield document.fault(
            _line_of(document, key), "front matter", f"{key} is no key of an agent"
        )
    found = re.fullmatch(form.path, document.path)
    if "name" in fields and (found is None or fields["name"] != found[1]):
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
    for key, known in form.values.items():
        if key in fields and fields[key] not in known:
            yield document.fault(_line_of(document, key), "front matter", f"no {key} {fields[key]}")


def _fields(document: Document) -> Mapping[str, Any] | None:
    if not document.path.endswith(".toml"):
        return document.front_matter
    try:
        return tomllib.loads(document.text)
    except tomllib.TOMLDecodeError:
        return None


def _line_of(document: Document, key: str) -> int:
    return next((line.line for line in document.lines() if re.match(rf"{key} ?[:=]", line.text)), 1)


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
