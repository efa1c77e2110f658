"""What source code imports, calls and sets: read as far as somebody asks for it.

Every file is looked through for the words that rules ask for; only the ones that have them are
parsed, and only until each rule was answered a few times in each project of the tree.
"""

from __future__ import annotations

import re
import string
from collections import defaultdict
from typing import TYPE_CHECKING

from ..facts import Call, Facts, Import, Setting
from ..formats.javascript import parse_javascript
from ..formats.python import parse_python
from ..formats.source import Source, Use
from ..roles import Role, role
from ..tree import name_of, parent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence, Set


MAX_FILES = 3_000
MAX_PARSED = 900_000
"""Bytes of source code that are parsed at a time: about half a second of work."""
LARGE = 50_000
"""Bytes of a source file for which several others could be read."""
MAX_SOURCE = 200_000
"""Bytes of a source file that a person wrote."""
ENOUGH = 3
"""Files of one project that answer the same question."""
TRIES = 12
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
_STRING_OR_COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*+"|/\*.*?(?:\*/|\Z)', re.DOTALL)
_FOR_BROWSERS = re.compile(
    r"(^|/)(static|public|assets|media|wwwroot|locales?)/|\.min\.js$|\.d\.ts$"
)
SUFFIXES = (*_PYTHON, *_JAVASCRIPT, *_IMPORT_LINES)
_LETTERS = (string.ascii_letters + string.digits + "_").encode()
# Everything but words becomes a space; in the second, everything but names of modules in quotes.
_WORDS = bytes(byte if byte in _LETTERS else 32 for byte in range(256))
_QUOTED = bytes(
    39 if byte == 34 else byte if byte in _LETTERS + b"'@./:-" else 32 for byte in range(256)
)
_TELLING = frozenset(
    "app application api server main index wsgi asgi manage settings setting config configuration"
    " database db session auth authentication security jwt token tokens login user users account"
    " accounts factory env environment knexfile drizzle data source datasource module service base"
    " common production prod defaults constants extensions run start init bootstrap utils".split()
)


class Sources:
    """The source files of a tree, by the questions whose words they have."""

    def __init__(
        self,
        facts: Facts,
        wanted: Iterable[frozenset[bytes]],
        names: Set[str],
        folders: Sequence[str],
    ) -> None:
        """Look through the files for the words of the wanted sets.

        Of calls and settings only those are kept whose last name is one of ``names``. ``folders``
        are the projects of the tree, each of which is asked by itself.
        """
        self._facts, self._names = facts, names
        self._parsed: set[str] = set()
        self._answered: dict[tuple[str, bool, frozenset[bytes]], int] = defaultdict(int)
        self._tried: dict[tuple[str, bool, frozenset[bytes]], int] = defaultdict(int)
        files = self._scan(sorted(set(wanted), key=sorted), frozenset(folders))
        self._files = sorted(files, key=lambda each: each[0])

    def _scan(
        self, sets: Sequence[frozenset[bytes]], folders: Set[str]
    ) -> Iterator[tuple[tuple[int, ...], str, str, list[frozenset[bytes]]]]:
        """Yield rank, path, project and questions of each file that may answer one."""
        tree = self._facts.tree
        paths = sorted((path for path in tree.files if _is_source(path)), key=_order)
        if len(paths) > MAX_FILES:
            tree.limits.append(f"{len(paths):,} source files, {MAX_FILES:,} looked at")
        for path in paths[:MAX_FILES]:
            content = tree.content(path)
            if content is None or len(content) > MAX_SOURCE or _is_generated(content):
                continue
            words = set(content.translate(_WORDS).split())
            if path.endswith(_JAVASCRIPT):
                words.update(content.translate(_QUOTED).split())
            if asked := [each for each in sets if each <= words]:
                rank = (*_order(path)[:2], int(len(content) > LARGE), path.count("/"))
                yield rank, path, owner(path, folders), asked

    def read(
        self, wanted: Set[frozenset[bytes]], folders: Set[str], *, of: Role | None = None
    ) -> None:
        """Parse what may answer the wanted questions in the projects of these folders.

        Only files of one role when that is given.
        """
        budget = MAX_PARSED
        for _, path, project, asked in self._files:
            if project not in folders or path in self._parsed or of not in {None, role(path)}:
                continue
            is_test = role(path) is Role.TEST
            questions = [(project, is_test, each) for each in asked if each in wanted]
            if not any(self._is_open(question) for question in questions):
                continue
            content = self._facts.tree.content(path) or b""
            if len(content) > budget:
                self._facts.tree.limits.append(
                    f"more than {MAX_PARSED:,} bytes of source code, the rest not parsed"
                )
                return
            budget -= len(content)
            self._parsed.add(path)
            said = _read(
                self._facts, path, content.decode("utf-8-sig", errors="replace"), self._names
            )
            for question in questions:
                self._tried[question] += 1
                self._answered[question] += question[2] <= said

    def _is_open(self, question: tuple[str, bool, frozenset[bytes]]) -> bool:
        return self._answered[question] < ENOUGH and self._tried[question] < TRIES


def _is_source(path: str) -> bool:
    """Tell whether a file is source code, and not something that browsers load."""
    if not path.endswith(SUFFIXES):
        return False
    return not (path.endswith(_JAVASCRIPT) and _FOR_BROWSERS.search(path))


def _is_generated(content: bytes) -> bool:
    """Tell whether lines are as long as tools make them."""
    return len(content) > 20_000 and content.count(b"\n") < len(content) / 300


def owner(path: str, folders: Set[str]) -> str:
    """Return the innermost of the folders that a path is in, "" for the root."""
    folder = parent(path)
    while folder and folder not in folders:
        folder = parent(folder)
    return folder


def _order(path: str) -> tuple[int, int, int, str]:
    stem = name_of(path).rpartition(".")[0].lower()
    telling = bool(_TELLING & set(re.findall(r"[a-z]+", stem)))
    return int(role(path)), 0 if telling else 1, path.count("/"), path


def _read(facts: Facts, path: str, text: str, names: Set[str]) -> set[bytes]:
    """Add the facts of a file; return the words that they are made of."""
    suffix = f".{path.rpartition('.')[2]}"
    if suffix in _PYTHON:
        return _add(facts, path, "pypi", parse_python(text) or Source(), names)
    if suffix in _JAVASCRIPT:
        return _add(facts, path, "npm", parse_javascript(text), names)
    ecosystem, pattern = _IMPORT_LINES[suffix]
    source = Source()
    code = _STRING_OR_COMMENT.sub(_without_comment, text)
    for number, line in enumerate(code.split("\n"), start=1):
        if found := pattern.match(line):
            source.imports.append(Use(found[1], number))
    return _add(facts, path, ecosystem, source, names)


def _without_comment(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n") if found[0].startswith("/*") else found[0]


def _add(facts: Facts, path: str, ecosystem: str, source: Source, names: Set[str]) -> set[bytes]:
    said: list[str] = []
    for use in source.imports:
        facts.imports.append(Import(path, use.line, ecosystem, use.name))
        said.append(use.name)
    for use in source.calls:
        if last_name(use.name) in names:
            facts.calls.append(Call(path, use.line, ecosystem, use.name, use.where))
            said.append(use.name)
    for value in source.values:
        is_address = value.name in SCHEME_KEYS or any("://" in text for text in value.texts)
        if not is_address and value.name.rstrip("+") not in names:
            continue
        setting = Setting(
            path,
            value.line,
            ecosystem,
            value.name,
            value.texts,
            value.where,
            value.certain,
            value.statement,
        )
        (facts.addresses if is_address else facts.settings).append(setting)
        if is_address and value.name.rstrip("+") in names:
            facts.settings.append(setting)
        said += (value.name, *value.texts)
    modules = {f"'{use.name}'".encode() for use in source.imports}
    return modules | set(" ".join(said).encode().translate(_WORDS).split())


def last_name(name: str) -> str:
    """Return the last part of the name of a call: `sign` of `jsonwebtoken#sign`."""
    return re.split(r"[.#]", name)[-1]
