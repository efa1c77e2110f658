"""Python: imports, calls by their full name, and the strings that settings are made of."""

from __future__ import annotations

import ast
import warnings
from itertools import islice
from typing import TYPE_CHECKING

from .source import Source, Use, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MAX_TEXTS = 300
MAX_LENGTH = 2_000
"""Characters of a text that is put together: code may double it in every line."""
_CONDITIONS = (ast.If, ast.Try, ast.While, ast.For, ast.Match)


def parse_python(text: str) -> Source | None:
    """Return what the code imports, calls and sets, or None for what is no Python 3."""
    tree = syntax(text)
    if tree is None:
        return None
    reader = _Reader()
    try:
        reader.read(tree)
    except RecursionError:
        return None
    return reader.source


def syntax(text: str) -> ast.Module | None:
    """Return the syntax tree, or None for what is no Python 3."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def texts(node: ast.AST | None, known: dict[str, list[str]] | None = None) -> list[str]:
    """Return the strings that an expression may become, the likeliest last.

    The name in `os.getenv("ENGINE", "sqlite3")` is none of them; a concatenation or an f-string is
    put together from the last of each part; a name stands for what it was assigned to before.
    """
    return list(islice(_texts(node, known or {}), MAX_TEXTS))


def _texts(node: ast.AST | None, known: dict[str, list[str]]) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield node.value
    elif isinstance(node, ast.JoinedStr):
        parts = [
            [part.value] if isinstance(part, ast.Constant) else texts(part, known)
            for part in node.values
        ]
        yield _joined(parts)
    elif isinstance(node, ast.BinOp):
        left, right = texts(node.left, known), texts(node.right, known)
        if _is_text(node.left) or _is_text(node.right):
            yield _joined((left, right))
        else:
            yield from left + right
    elif isinstance(node, ast.Name):
        yield from known.get(node.id, [])
    elif isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute):
            yield from _texts(node.func.value, known)
        names = node.args[:1] if node.args and _is_variable(node.args[0]) else []
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            if argument not in names:
                yield from _texts(argument, known)
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from _texts(value, known)
    elif isinstance(node, ast.Lambda | ast.Attribute | ast.Compare):
        return
    elif node is not None:
        for child in ast.iter_child_nodes(node):
            yield from _texts(child, known)


def _joined(parts: Iterable[Sequence[object]]) -> str:
    return "".join(str(part[-1])[:MAX_LENGTH] for part in parts if part)[:MAX_LENGTH]


def _is_variable(node: ast.AST) -> bool:
    """Tell whether an argument is the name of a variable of the environment."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isupper()


def walk(top: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and all below it, faster than ``ast.walk``."""
    stack = [top]
    while stack:
        node = stack.pop()
        yield node
        for value in node.__dict__.values():
            if isinstance(value, ast.AST):
                stack.append(value)
            elif isinstance(value, list):
                stack.extend(each for each in value if isinstance(each, ast.AST))


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` for such an expression, or ""."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        return ".".join((node.id, *reversed(parts)))
    return f".{'.'.join(reversed(parts))}" if parts else ""


class _Reader:
    """Walks one module with the class and function around, and whether a branch decides."""

    def __init__(self) -> None:
        self.source = Source()
        self._names: dict[str, str] = {}
        self._known: dict[str, list[str]] = {}
        self._statement = 0

    def read(self, tree: ast.Module) -> None:
        self._statements(tree.body, "", certain=True)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                self.source.imports.append(Use(alias.name, node.lineno))
                name = alias.asname or alias.name.partition(".")[0]
                self._names[name] = alias.name if alias.asname else name
        elif node.level == 0 and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                self.source.imports.append(Use(full, node.lineno))
                self._names[alias.asname or alias.name] = full

    def _statements(self, body: Iterable[ast.AST], where: str, *, certain: bool) -> None:
        for node in body:
            self._statement = getattr(node, "lineno", 0)
            if isinstance(node, ast.Import | ast.ImportFrom):
                self._import(node)
            elif isinstance(node, ast.ClassDef):
                if any(
                    isinstance(
                        child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Assign | ast.AnnAssign
                    )
                    for child in node.body
                ):
                    for base in node.bases:
                        self._use(base, where)
                self._statements(node.body, f"{where}.{node.name}".strip("."), certain=certain)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self._expressions((*node.decorator_list, node.args), where, certain=certain)
                self._statements(node.body, f"{where}.{node.name}".strip("."), certain=certain)
            elif isinstance(node, _CONDITIONS):
                self._branches(node, where, certain=certain)
            elif isinstance(node, ast.With | ast.AsyncWith):
                self._expressions(
                    (item.context_expr for item in node.items), where, certain=certain
                )
                self._statements(node.body, where, certain=certain)
            else:
                self._assignment(node, where, certain=certain)
                self._expressions((node,), where, certain=certain)

    def _branches(self, node: ast.AST, where: str, *, certain: bool) -> None:
        taken = self._outcome(node.test) if isinstance(node, ast.If) else None
        for name, value in ast.iter_fields(node):
            if name in {"body", "orelse", "finalbody"}:
                is_taken = taken is not None and taken == (name == "body")
                self._statements(value, where, certain=certain and is_taken)
            elif name in {"handlers", "cases"}:
                for branch in value:
                    self._statements(branch.body, where, certain=False)
            elif isinstance(value, ast.AST):
                self._expressions((value,), where, certain=certain)

    def _outcome(self, test: ast.AST) -> bool | None:
        """Return what `ENGINE == "postgres"` is by default, or None when that is not known."""
        if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Eq | ast.NotEq):
            left, right = texts(test.left, self._known), texts(test.comparators[0])
            if left and right:
                return (left[-1] == right[-1]) == isinstance(test.ops[0], ast.Eq)
        return None

    def _assignment(self, node: ast.AST, where: str, *, certain: bool) -> None:
        """Note the strings of `NAME = …`, `NAME += …`, `NAME.append(…)` and `NAME["key"] = …`."""
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                self._assign(target, node.value, where, certain=certain)
            if isinstance(node, ast.AnnAssign):
                for part in ast.walk(node.annotation):
                    self._use(part, where)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            self._extend(node.target.id, node.value, node.lineno, where, certain=certain)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            called = dotted(node.value.func)
            name, _, method = called.rpartition(".")
            if method in {"append", "extend", "insert"} and name.isidentifier():
                for argument in node.value.args:
                    self._extend(name, argument, node.lineno, where, certain=certain)

    def _assign(self, target: ast.AST, value: ast.AST | None, where: str, *, certain: bool) -> None:
        if isinstance(target, ast.Name):
            found = texts(value, self._known)
            if certain or target.id not in self._known:
                self._known[target.id] = found
            self._value(target.id, found, target.lineno, where, certain=certain)
        elif isinstance(target, ast.Subscript):
            keys = texts(target.slice)
            owner = dotted(target.value) or dotted(getattr(target.value, "value", target.value))
            if keys:
                self._value(
                    keys[-1], texts(value, self._known), target.lineno, owner, certain=certain
                )
                self.source.calls.append(
                    Use(f"{self._full(owner)}[{keys[-1]}]=", target.lineno, where)
                )
        elif isinstance(target, ast.Attribute):
            self._value(
                target.attr, texts(value, self._known), target.lineno, where, certain=certain
            )

    def _extend(self, name: str, value: ast.AST, line: int, where: str, *, certain: bool) -> None:
        added = texts(value, self._known)
        known = self._known.setdefault(name, [])
        known += added[: MAX_TEXTS - len(known)]
        self._value(f"{name}+", added, line, where, certain=certain)

    def _value(self, name: str, found: list[str], line: int, where: str, *, certain: bool) -> None:
        if found:
            self.source.values.append(
                Value(name, tuple(found), line, where, certain, self._statement)
            )

    def _expressions(self, nodes: Iterable[ast.AST], where: str, *, certain: bool) -> None:
        for top in nodes:
            for node in walk(top):
                if isinstance(node, ast.Call):
                    self._call(node, where, certain=certain)
                elif isinstance(node, ast.Dict):
                    self._dictionary(node, where, certain=certain)

    def _call(self, node: ast.Call, where: str, *, certain: bool) -> None:
        self._use(node.func, where)
        called = self._full(dotted(node.func))
        for keyword in node.keywords:
            if keyword.arg:
                self._value(
                    keyword.arg,
                    texts(keyword.value, self._known),
                    keyword.value.lineno,
                    called,
                    certain=certain,
                )
        if node.args:
            self._value(
                "()", texts(node.args[0], self._known), node.lineno, called, certain=certain
            )

    def _dictionary(self, node: ast.Dict, where: str, *, certain: bool) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                self._value(
                    key.value, texts(value, self._known), key.lineno, where, certain=certain
                )

    def _use(self, node: ast.AST, where: str) -> None:
        if isinstance(node, ast.Name | ast.Attribute) and (name := dotted(node)):
            self.source.calls.append(Use(self._full(name), node.lineno, where))

    def _full(self, name: str) -> str:
        """Return a name as its library calls it, for example fastapi.FastAPI."""
        first, dot, rest = name.partition(".")
        return f"{self._names.get(first, first)}{dot}{rest}"
