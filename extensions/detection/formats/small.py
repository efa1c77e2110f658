"""Formats of a few lines: dotenv, requirement files, Prisma schemas, Makefiles, Dockerfiles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_VARIABLE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][\w.]*)\s*=\s*(.*)")
_SCHEME = re.compile(r"""['"]?([a-z][a-z0-9+.-]*):(?://|.*\.db|.*\.sqlite)""", re.IGNORECASE)
_TARGET = re.compile(r"([A-Za-z0-9][\w./-]*(?:\s+[A-Za-z0-9][\w./-]*)*)\s*::?(?!=)([^=]*)")
_RECIPE = re.compile(r"@?([A-Za-z_][\w-]*)(?:\s[^:=]*)?:(?!=)")
_BLOCK = re.compile(r"\s*(datasource|generator)\s+\w+\s*\{")
_PROPERTY = re.compile(r"\s*(\w+)\s*=\s*(.+)")
_INSTRUCTION = re.compile(
    r"\s*(FROM|RUN|CMD|ENTRYPOINT|ENV|COPY|ARG)\s+(.*)", re.IGNORECASE | re.DOTALL
)
_SCHEMES_KEPT = 40
MAX_TARGETS = 20
"""Targets that share a recipe of a Makefile."""


@dataclass(frozen=True)
class Line:
    """A named value and where it is."""

    name: str
    value: str
    line: int


def scheme(value: str) -> str:
    """Return the scheme of a URL, or "": nothing else of a value is kept.

    >>> scheme("postgresql+asyncpg://user:secret@host/db"), scheme("file:dev.db"), scheme("secret")
    ('postgresql+asyncpg', 'file', '')
    """
    found = _SCHEME.match(value.strip())
    return found[1].lower()[:_SCHEMES_KEPT] if found else ""


def is_scheme(found: str, wanted: str) -> bool:
    """Tell whether a scheme is the wanted one, with a driver or without: `postgresql+asyncpg`."""
    return found == wanted or found.partition("+")[0] == wanted


def dotenv(text: str) -> Iterator[Line]:
    """Yield name and value of every variable that is set; comments are none."""
    for number, line in enumerate(text.split("\n"), start=1):
        if found := _VARIABLE.fullmatch(line):
            yield Line(found[1], found[2].strip(), number)


def requirements(text: str) -> Iterator[Line]:
    """Yield the entries of a requirement file: the name is "" or the option of the line.

    What pip-tools and uv list only because another package needs it ("# via flask") is left out.
    """
    lines = text.replace("\\\n", "  ").split("\n") if "\\\n" in text else text.split("\n")
    joined = bool("\\\n" in text)
    for number, line in enumerate(lines, start=1):
        entry = re.split(r"(?:^|\s)#", line, maxsplit=1)[0].strip()
        if not entry or _only_needed_by_others(lines, number - 1):
            continue
        place = 1 if joined else number
        if option := re.match(r"(-r|--requirement|-c|--constraint)[\s=]*(\S+)", entry):
            yield Line("-r" if "r" in option[1].lstrip("-")[:1] else "-c", option[2], place)
        elif editable := re.match(r"(?:-e|--editable)[\s=]*(\S+)", entry):
            yield Line("-e", editable[1], place)
        elif not entry.startswith("-"):
            yield Line("", entry.partition(" --")[0].strip(), place)


def _only_needed_by_others(lines: list[str], index: int) -> bool:
    """Tell whether the comment of an entry names other packages as the only reason for it."""
    reasons = []
    first = lines[index].partition("#")[2].strip()
    if first.startswith("via"):
        reasons.append(first.removeprefix("via").strip())
    for line in lines[index + 1 : index + 60]:
        text = line.strip()
        if not text.startswith("#") or not line.startswith((" ", "\t")):
            break
        comment = text.lstrip("# ").strip()
        reasons.append(
            comment.removeprefix("via").strip() if comment.startswith("via") else comment
        )
    named = [reason for reason in reasons if reason]
    direct = re.compile(r"-r |-c |\(|.+\.(in|toml|txt|cfg|py)\b")
    return bool(named) and not any(direct.match(reason) for reason in named)


def prisma(text: str) -> Iterator[Line]:
    """Yield the properties of a Prisma schema's blocks, for example "datasource.provider"."""
    block = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if found := _BLOCK.match(line):
            block = found[1]
        elif line.strip() == "}":
            block = ""
        elif block and (found := _PROPERTY.match(line.partition("//")[0])):
            yield Line(f"{block}.{found[1]}", found[2].strip().strip('"'), number)


def makefile(text: str) -> Iterator[Line]:
    """Yield every line of a recipe with its target; a target without one has an empty line."""
    names: list[str] = []
    continued = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.startswith("\t"):
            whole = f"{continued}{line.strip()}"
            if whole.endswith("\\"):
                continued = whole[:-1] + " "
                continue
            continued = ""
            for name in names:
                yield Line(name, whole, number)
        elif found := _TARGET.fullmatch(line.partition("#")[0].rstrip()):
            names = [name for name in found[1].split() if not name.startswith(".")][:MAX_TARGETS]
            for name in names:
                yield Line(name, "", number)


def justfile(text: str) -> Iterator[Line]:
    """Yield every line of a recipe with its name; the first one of each is empty."""
    name = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if line[:1] in {" ", "\t"} and name:
            if line.strip() and not line.strip().startswith("#"):
                yield Line(name, line.strip().lstrip("@-"), number)
        elif line.strip() and not line.startswith("#"):
            found = _RECIPE.match(line)
            name = (
                found[1] if found and found[1] not in {"set", "alias", "import", "export"} else ""
            )
            if name:
                yield Line(name, "", number)


def dockerfile(text: str) -> Iterator[Line]:
    """Yield the instructions that say what is built and run."""
    pending, start = "", 0
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip().startswith("#"):
            continue
        start = start if pending else number
        pending += line.rstrip()
        if pending.endswith("\\"):
            pending = pending[:-1] + " "
            continue
        if found := _INSTRUCTION.fullmatch(pending):
            yield Line(found[1].upper(), found[2].strip(), start)
        pending = ""
