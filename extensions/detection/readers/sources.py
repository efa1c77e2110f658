"""What source code imports, calls and sets: read as far as somebody asks for it.

Every file is looked through for the words that rules ask for; only the ones that have them are
parsed, and only until each rule was answered a few times in each project of the tree.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from ..facts import Call, Facts, Import, Setting
from ..formats.javascript import parse_javascript
from ..formats.python import parse_python
from ..roles import Role, role
from ..tree import name_of, parent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence, Set

    from ..formats.source import Source

MAX_FILES = 4_000
MAX_PARSED = 1_500_000
"""Bytes of source code that are parsed in one tree: about a second of work."""
MAX_SOURCE = 200_000
"""Bytes of a source file that a person wrote."""
ENOUGH = 4
"""Files of one project that answer the same question."""
TRIES = 25
"""Files of one project that have the words of a question, whether they answer it or not."""

SCHEME_KEYS = frozenset({"scheme", "drivername"})
"""Arguments that are the scheme of a URL, as of `URL.create`."""
_PYTHON = (".py",)
_JAVASCRIPT = (".js", ".cjs", ".mjs", ".ts", ".cts", ".mts", ".jsx", ".tsx")
_IMPORT_LINES = {
    ".go": ("go", re.compile(r'\s*(?:import\s+)?(?:[\w.]+\s+)?"([\w./~-]+)"\s*$')),
    ".java": ("maven", re.compile(r"import\s+(?:static\s+)?([\w.]+)")),
    ".kt": ("maven", re.compile(r"import\s+([\w.]+)")),
    ".rs": ("cargo", re.compile(r"\s*(?:pub\s+)?use\s+(\w+)")),
    ".swift": ("swift", re.compile(r"import\s+(\w+)")),
    ".dart": ("pub", re.compile(r"""import\s+['"]package:(\w+)""")),
}
_FOR_BROWSERS = re.compile(r"(^|/)(static|public|assets|media|wwwroot|locales?)/|\.min\.js$|\.d\.ts$")
SUFFIXES = (*_PYTHON, *_JAVASCRIPT, *_IMPORT_LINES)
_WORD = re.compile(rb"[A-Za-z_]\w*")
_TELLING = frozenset(
    "app application api server main index wsgi asgi manage settings setting config configuration"
    " database db session auth authentication security jwt token tokens login user users account"
    " accounts factory env environment knexfile drizzle data source datasource module service base"
    " common production prod defaults constants extensions run start init bootstrap utils".split()
)


def read_sources(
    facts: Facts, wanted: Iterable[frozenset[bytes]], names: Set[str], folders: Sequence[str]
) -> None:
    """Read the source code that has all the words of one of the wanted sets.

    Of calls and settings only those are kept whose last name is one of ``names``. ``folders`` are
    the projects of the tree, each of which is asked by itself.
    """
    budget = MAX_PARSED
    sets = sorted(set(wanted), key=sorted)
    answered: dict[tuple[str, bool, frozenset[bytes]], int] = defaultdict(int)
    tried: dict[tuple[str, bool, frozenset[bytes]], int] = defaultdict(int)
    paths = sorted((path for path in facts.tree.files if _is_source(path)), key=_order)
    if len(paths) > MAX_FILES:
        facts.tree.limits.append(f"{len(paths):,} source files, {MAX_FILES:,} looked at")
    for path in paths[:MAX_FILES]:
        content = facts.tree.content(path)
        if content is None:
            continue
        project = owner(path, folders)
        words = set(_WORD.findall(content))
        is_test = role(path) is Role.TEST
        open_ = [
            (project, is_test, each)
            for each in sets
            if each <= words
            and answered[project, is_test, each] < ENOUGH
            and tried[project, is_test, each] < TRIES
        ]
        if not open_ or len(content) > MAX_SOURCE or _is_generated(content):
            continue
        if len(content) > budget:
            facts.tree.limits.append(f"more than {MAX_PARSED:,} bytes of source code, the rest not parsed")
            break
        budget -= len(content)
        said = _read(facts, path, content.decode("utf-8-sig", errors="replace"), names)
        for question in open_:
            tried[question] += 1
            answered[question] += question[2] <= said


def _is_source(path: str) -> bool:
    """Tell whether a file is source code, and not something that browsers load."""
    if not path.endswith(SUFFIXES):
        return False
    return not (path.endswith(_JAVASCRIPT) and _FOR_BROWSERS.search(path))


def _is_generated(content: bytes) -> bool:
    """Tell whether lines are as long as tools make them."""
    return len(content) > 20_000 and content.count(b"\n") < len(content) / 300


def owner(path: str, folders: Iterable[str]) -> str:
    """Return the innermost of the folders that a path is in, "" for the root."""
    known = set(folders)
    folder = parent(path)
    while folder and folder not in known:
        folder = parent(folder)
    return folder


def _order(path: str) -> tuple[int, int, int, str]:
    stem = name_of(path).rpartition(".")[0].lower()
    telling = bool(_TELLING & set(re.findall(r"[a-z]+", stem)))
    return int(role(path)), 0 if telling else 1, path.count("/"), path


def _read(facts: Facts, path: str, text: str, names: Set[str]) -> set[bytes]:
    """Add the facts of a file; return the words that they are made of."""
    before = [len(each) for each in (facts.imports, facts.calls, facts.settings, facts.addresses)]
    suffix = f".{path.rpartition('.')[2]}"
    if suffix in _PYTHON:
        source = parse_python(text)
        if source is not None:
            _add(facts, path, "pypi", source, names)
    elif suffix in _JAVASCRIPT:
        _add(facts, path, "npm", parse_javascript(text), names)
    else:
        ecosystem, pattern = _IMPORT_LINES[suffix]
        for number, line in enumerate(text.split("\n"), start=1):
            if found := pattern.match(line):
                facts.imports.append(Import(path, number, ecosystem, found[1]))
    added = [
        fact
        for facts_, start in zip(
            (facts.imports, facts.calls, facts.settings, facts.addresses), before, strict=True
        )
        for fact in facts_[start:]
    ]
    said = [" ".join((fact.name, *getattr(fact, "texts", ()))) for fact in added]
    return set(_WORD.findall(" ".join(said).encode()))


def _add(facts: Facts, path: str, ecosystem: str, source: Source, names: Set[str]) -> None:
    for use in source.imports:
        facts.imports.append(Import(path, use.line, ecosystem, use.name))
    for use in source.calls:
        if last_name(use.name) in names:
            facts.calls.append(Call(path, use.line, ecosystem, use.name, use.where))
    for value in source.values:
        setting = Setting(
            path, value.line, ecosystem, value.name, value.texts, value.where, value.certain
        )
        if value.name.rstrip("+") in names:
            facts.settings.append(setting)
        if value.name in SCHEME_KEYS or any("://" in text for text in value.texts):
            facts.addresses.append(setting)


def last_name(name: str) -> str:
    """Return the last part of the name of a call: `sign` of `jsonwebtoken#sign`."""
    return re.split(r"[.#]", name)[-1]
