"""What a finding rests on, and the answers made of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Strength(enum.IntEnum):
    """How far a finding is to be trusted. Ranks, not percentages: the highest one wins."""

    HINTED = 1
    """A development dependency, a mention."""
    USED = 2
    """An import or a constructor call in the source."""
    DEPENDED = 3
    """A runtime dependency."""
    CONFIGURED = 4
    """Settings, URLs, services, the configuration file of a tool."""
    DECLARED = 5
    """A field that a tool has for just this."""


class Status(enum.StrEnum):
    """What an answer is worth."""

    FOUND = "found"
    NONE = "none"
    """Looked, is not there."""
    UNKNOWN = "unknown"
    """Not enough evidence."""
    CONFLICT = "conflict"
    """Two values equally strong."""


@dataclass(frozen=True, order=True)
class Evidence:
    """One finding: which file says it, in which line, and what it says."""

    strength: Strength
    file: str
    line: int
    signal: str
    what: str


@dataclass(frozen=True)
class Alternative:
    """A value that was found and did not win."""

    value: str
    evidence: Sequence[Evidence]

    @property
    def strength(self) -> Strength:
        return strongest(self.evidence)


@dataclass(frozen=True)
class Answer:
    """The verdict about one field."""

    status: Status
    value: str | Sequence[str] | None = None
    evidence: Sequence[Evidence] = ()
    alternatives: Sequence[Alternative] = ()

    @property
    def strength(self) -> Strength | None:
        return strongest(self.evidence) if self.evidence else None


@dataclass(frozen=True)
class Report:
    """What a folder holds. ``limits`` says what was not looked at, and why."""

    kind: str
    fields: Mapping[str, Answer]
    limits: Sequence[str] = field(default=())


def strongest(evidence: Sequence[Evidence]) -> Strength:
    """Return the strength of the best evidence."""
    return max(each.strength for each in evidence)
