"""Whether what a rendered project says about itself is true.

A seed of this template was an agent whose framework was a log line, and whose scripts did not
exist. These pure functions look at a rendered folder and return each such fault with its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .agents import agent_faults, is_agent_document
from .claims import claim_faults
from .commands import command_faults
from .document import Fault, parse
from .facts import Facts
from .leaks import leak_faults

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Facts", "Fault", "document_faults", "parse", "project_faults"]


def project_faults(facts: Facts) -> list[Fault]:
    """Return every fault of a rendered project, in the order of its files."""
    return sorted(_project_faults(facts))


def _project_faults(facts: Facts) -> Iterator[Fault]:
    for path, text in facts.files.items():
        yield from leak_faults(path, text)
        if path.endswith(".md") or is_agent_document(path):
            yield from document_faults(facts, path, text)


def document_faults(facts: Facts, path: str, text: str) -> Iterator[Fault]:
    """Yield the faults of one document, as if it stood at this path of the project."""
    document = parse(path, text)
    yield from document.faults
    yield from command_faults(facts, document)
    yield from claim_faults(facts, document)
    if is_agent_document(path):
        yield from agent_faults(facts, document)
