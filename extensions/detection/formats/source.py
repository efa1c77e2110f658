"""What is read from source code, whatever its language."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Use:
    """A name of a library that the code imports or calls, and in which function it does."""

    name: str
    line: int
    where: str = ""


@dataclass(frozen=True)
class Value:
    """Strings that the code gives to a name; ``where`` is the class or call around it.

    ``certain`` is False for what only some branch of the code does.
    """

    name: str
    texts: tuple[str, ...]
    line: int
    where: str = ""
    certain: bool = True
    statement: int = 0
    """The line of the statement that it is in."""


@dataclass
class Source:
    """One file of source code."""

    imports: list[Use] = field(default_factory=list)
    calls: list[Use] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
