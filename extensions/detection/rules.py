"""The registry's rules: which signals speak for a technology, read from technologies/*.yml."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .readers.sources import last_name

ECOSYSTEMS = ("pypi", "npm", "go", "maven", "cargo", "swift", "pub")
KINDS = (
    "call",
    "command",
    "dependency",
    "file",
    "hook",
    "image",
    "import",
    "lock",
    "login",
    "option",
    "property",
    "setting",
    "source",
    "table",
    "url",
    "variable",
)
"""The closed list of signals; ``signals`` has one function for each."""
IN_CODE = frozenset({"call", "import", "login"})
_WITH_ECOSYSTEM = IN_CODE | {"dependency", "option"}
TECHNOLOGIES = Path(__file__).parent.parent.parent / "technologies"


@dataclass(frozen=True)
class Rule:
    """One signal: a fact of this kind with this argument speaks for the technology in the field."""

    technology: str
    field: str
    kind: str
    argument: str
    ecosystem: str = ""


@dataclass(frozen=True)
class Subject:
    """What detection knows of one technology."""

    id: str
    field: str
    label: str = ""
    ecosystem: str = ""
    second: bool = False
    databases: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()


class Rules:
    """All rules, by field."""

    def __init__(self, subjects: dict[str, Subject]) -> None:
        self.subjects = subjects
        self.by_field: dict[str, dict[str, list[Rule]]] = {}
        self._words: dict[tuple[str, ...], set[frozenset[bytes]]] = {}
        for subject in subjects.values():
            for rule in subject.rules:
                self.by_field.setdefault(rule.field, {}).setdefault(subject.id, []).append(rule)

    def words(self, *fields: str) -> set[frozenset[bytes]]:
        """Return for each rule about source code the words that a file must have to matter.

        Of all fields, or of the named ones only.
        """
        if fields not in self._words:
            self._words[fields] = self._find_words(fields)
        return self._words[fields]

    def _find_words(self, fields: tuple[str, ...]) -> set[frozenset[bytes]]:
        wanted = set()
        for subject in self.subjects.values():
            for rule in subject.rules:
                if fields and rule.field not in fields:
                    continue
                if rule.kind in IN_CODE:
                    wanted.add(_words_in_code(rule))
                elif rule.kind == "option":
                    where, _, value = rule.argument.rpartition(":")
                    module = frozenset() if "*" in where else module_words(rule.ecosystem, where)
                    wanted.add(words_of(value) | module)
                elif rule.kind == "setting":
                    wanted.add(words_of(rule.argument.partition("=")[0].rpartition(".")[2]))
                elif rule.kind == "url":
                    wanted.add(words_of(rule.argument))
        return {words for words in wanted if words}

    @functools.cached_property
    def names(self) -> set[str]:
        """Return the last names of the calls and settings that rules are about."""
        found = set()
        for subject in self.subjects.values():
            for rule in subject.rules:
                if rule.kind in {"call", "login"}:
                    found.add(last_name(rule.argument.lstrip("~")))
                elif rule.kind == "setting":
                    found.add(last_name(rule.argument.partition("=")[0]))
                elif rule.kind == "option":
                    found.add(rule.argument.rpartition(":")[2].partition("=")[0])
        return found

    @functools.cached_property
    def file_patterns(self) -> re.Pattern[str]:
        """Return what matches every path that some rule about files asks for."""
        patterns = {
            file_pattern(rule.argument).pattern
            for subject in self.subjects.values()
            for rule in subject.rules
            if rule.kind in {"file", "lock"}
        }
        return re.compile("|".join(sorted(patterns)))


@functools.cache
def file_pattern(argument: str) -> re.Pattern[str]:
    """Return the pattern of a path: `*` stands for what is not `/`, any folders may be before."""
    middle = re.escape(argument).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
    return re.compile(f"(?:.*/)?{middle}")


def _words_in_code(rule: Rule) -> frozenset[bytes]:
    """Return what a file must have to import or call what a rule is about."""
    module, mark, name = rule.argument.partition("#")
    if rule.argument.startswith("~"):
        return words_of(rule.argument)
    if mark or rule.kind == "import":
        return module_words(rule.ecosystem, module) | words_of(name)
    return words_of(rule.argument)


def module_words(ecosystem: str, name: str) -> frozenset[bytes]:
    """Return what a file must have to import a module: in JavaScript its name in quotes."""
    return frozenset({f"'{name}'".encode()}) if ecosystem == "npm" else words_of(name)


def words_of(text: str) -> frozenset[bytes]:
    """Return the words of a name, as they occur in source code."""
    plain = re.sub(r"\bdefault\b", "", text)
    return frozenset(word.encode() for word in re.findall(r"[A-Za-z_]\w*", plain))


def load_rules(folder: Path = TECHNOLOGIES) -> Rules:
    """Return the rules of every technology; raise ``ValueError`` naming the file that is wrong."""
    return _load(folder)


@functools.cache
def _load(folder: Path) -> Rules:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    subjects = {}
    for path in sorted(folder.glob("*.yml")):
        try:
            data = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506
            subject = _subject(data)
        except (KeyError, TypeError, ValueError, yaml.YAMLError) as error:
            message = f"{path.name}: {error}"
            raise ValueError(message) from error
        subjects[subject.id] = subject
    return Rules(subjects)


def load_labels(folder: Path = TECHNOLOGIES) -> dict[str, str]:
    """Return the label of every technology by its id."""
    return {each.id: each.label for each in load_rules(folder).subjects.values()}


def _subject(data: dict[str, Any]) -> Subject:
    rules = [
        _rule(data["id"], field, kind, str(argument))
        for field, kinds in data.get("signals", {}).items()
        for kind, arguments in kinds.items()
        for argument in arguments
    ]
    return Subject(
        id=data["id"],
        field=data["field"],
        label=data.get("label", ""),
        ecosystem=data.get("ecosystem", ""),
        second=data.get("second", False),
        databases=tuple(data.get("databases", ())),
        excludes=tuple(data.get("excludes", ())),
        requires=tuple(data.get("requires", ())),
        rules=tuple(rules),
    )


def _rule(technology: str, field: str, kind: str, argument: str) -> Rule:
    if kind not in KINDS:
        message = f"a signal is one of {', '.join(KINDS)}, not {kind!r}"
        raise ValueError(message)
    if kind not in _WITH_ECOSYSTEM:
        return Rule(technology, field, kind, argument)
    ecosystem, colon, name = argument.partition(":")
    if ecosystem not in ECOSYSTEMS or not colon or not name:
        message = f"{kind} {argument!r} starts with one of {', '.join(ECOSYSTEMS)} and a colon"
        raise ValueError(message)
    return Rule(technology, field, kind, name, ecosystem)
