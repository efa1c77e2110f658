"""JavaScript and TypeScript: imports, calls by module and name, strings of object literals.

Not a parser: a tokenizer that knows strings, comments, templates and regular expressions, and a
walk over the tokens. Enough to tell code from text, which is what detection needs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .source import Source, Use, Value

MAX_TOKENS = 120_000
_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?(?:\*/|\Z)|\A\#![^\n]*)
    |(?P<string>"(?:[^"\\\n]|\\.){0,2000}+"|'(?:[^'\\\n]|\\.){0,2000}+')
    |(?P<name>[A-Za-z_$][\w$]*)
    |(?P<number>\d[\w.]*)
    |(?P<template>`)
    |(?P<sign>\?\?|\|\||&&|=>|\?\.|\.\.\.|[^\s\w])""",
    re.VERBOSE | re.DOTALL,
)
_REGULAR_EXPRESSION = re.compile(
    r"/(?![*/])(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.){0,500}+\]){1,1000}+/[a-z]*"
)
_BEFORE_EXPRESSION = frozenset("( , = : [ ! & | ? { } ; => && || ?? return typeof case".split())
_OPEN, _CLOSE = {"(": ")", "[": "]", "{": "}"}, {")", "]", "}"}
_IN_TYPES = frozenset(", . | & [ ] { } : ; = ? => ( )".split())
_NO_CALLS = frozenset(
    "async if for while switch catch function require import return typeof await".split()
)
_GENERICS = 80
_VALUE_TOKENS = 25


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int


def parse_javascript(text: str) -> Source:
    """Return what the code imports and calls, and the strings of its object literals and variables.

    A name is `module#name`: `fastify#default` is the module itself, `@nestjs/core#NestFactory.create`
    a method. Calls of what is not imported start with a point: `.jwtService.sign`.
    """
    return _Walk(_tokens(text)).read()


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position, line, before = 0, 1, ""
    while position < len(text) and len(tokens) < MAX_TOKENS:
        if text[position] == "/" and (before in _BEFORE_EXPRESSION or not before):
            found = _REGULAR_EXPRESSION.match(text, position)
            if found:
                position, before = found.end(), "regular expression"
                continue
        match = _TOKEN.match(text, position)
        if match is None:
            position += 1
            continue
        kind, content = str(match.lastgroup), match[0]
        end = match.end()
        if kind == "template":
            end = _end_of_template(text, position)
            content, kind = text[position:end], "string"
        if kind == "string":
            tokens.append(_Token(kind, content[1:-1], line))
            before = "string"
        elif kind != "space":
            tokens.append(_Token(kind, content, line))
            before = content
        line += content.count("\n")
        position = end
    return tokens


def _end_of_template(text: str, start: int) -> int:
    """Return where a template ends; templates inside of its expressions are part of it."""
    position, depths = start + 1, [0]
    while position < len(text):
        character = text[position]
        if character == "\\":
            position += 1
        elif depths[-1] == 0:
            if character == "`":
                depths.pop()
                if not depths:
                    return position + 1
            elif text.startswith("${", position):
                depths[-1] = 1
                position += 1
        elif character == "`":
            depths.append(0)
        elif character == "{":
            depths[-1] += 1
        elif character == "}":
            depths[-1] -= 1
        position += 1
    return len(text)


@dataclass(frozen=True, slots=True)
class _Frame:
    """A bracket that is open: of a call, the body of a function, a branch, or something else."""

    call: str = ""
    function: str = ""
    branch: bool = False


class _Walk:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._source = Source()
        self._names: dict[str, str] = {}
        self._branches: set[int] = set()

    def read(self) -> Source:
        position = 0
        while position < len(self._tokens):
            token = self._tokens[position]
            if token.kind == "name" and token.text in {"import", "export"}:
                position = self._import(position)
            elif token.kind == "name" and token.text == "require":
                position = self._require(position)
            else:
                position += 1
        self._uses()
        return self._source

    def _text(self, position: int) -> str:
        if 0 <= position < len(self._tokens) and self._tokens[position].kind != "string":
            return self._tokens[position].text
        return ""

    def _string(self, position: int) -> str:
        if 0 <= position < len(self._tokens) and self._tokens[position].kind == "string":
            return self._tokens[position].text
        return ""

    def _import(self, start: int) -> int:
        """Read `import … from "m"`, `import "m"`, `await import("m")`, `export … from "m"`."""
        line = self._tokens[start].line
        if self._text(start - 1) == ".":
            return start + 1
        if self._text(start + 1) == "(":
            if module := self._string(start + 2):
                self._source.imports.append(Use(module, line))
                self._bind_before(start, module)
            return start + 2
        if module := self._string(start + 1):
            self._source.imports.append(Use(module, line))
            return start + 2
        is_type = self._text(start + 1) == "type" and self._text(start + 2) not in {"from", ","}
        position = start + 1
        limit = min(start + 400, len(self._tokens))
        while position < limit and self._text(position) not in {"from", ";", "require"}:
            if self._text(position) in {"=", "(", "const", "function", "class", "default"} and (
                self._text(start) == "export"
            ):
                return start + 1
            position += 1
        if self._text(position) == "require":
            # import express = require("express")
            module = self._string(position + 2)
            if module and self._text(position + 1) == "(":
                self._source.imports.append(Use(module, line))
                self._names[self._text(start + 1)] = f"{module}#default"
            return position + 1
        module = self._string(position + 1)
        if not module or self._text(position) != "from":
            return start + 1
        if not is_type:
            self._source.imports.append(Use(module, line))
            if self._text(start) == "import":
                self._bind(start + 1, position, module)
        return position + 2

    def _require(self, start: int) -> int:
        module = self._string(start + 2)
        if not module or self._text(start + 1) != "(" or self._text(start - 1) == ".":
            return start + 1
        self._source.imports.append(Use(module, self._tokens[start].line))
        self._bind_before(start, module)
        position, name = start + 4, ""
        while self._text(position) == "." and self._text(position + 1):
            name = f"{name}.{self._text(position + 1)}".strip(".")
            position += 2
        if self._text(position) == "(":
            full = f"{module}#{_plain(name or 'default')}"
            self._source.calls.append(Use(full, self._tokens[start].line))
        elif name and self._text(start - 1) == "=" and self._text(start - 2).isidentifier():
            self._names[self._text(start - 2)] = f"{module}#{name}"
        return position

    def _bind_before(self, position: int, module: str) -> None:
        """Read the names of `const NAME = require("m")`, also for `await import("m")`."""
        while self._text(position - 1) in {"await", "("}:
            position -= 1
        if self._text(position - 1) != "=":
            return
        end = position - 1
        if self._text(end - 1) == "}":
            start = end - 1
            while start > max(0, end - 200) and self._text(start) != "{":
                start -= 1
            self._bind(start, end, module)
        elif self._text(end - 1):
            self._names[self._text(end - 1)] = f"{module}#default"

    def _bind(self, start: int, end: int, module: str) -> None:
        """Read the names between `import` and `from`, or in braces."""
        in_braces = False
        position = start
        while position < end:
            text = self._text(position)
            after = self._text(position + 1)
            if text == "{":
                in_braces = True
            elif text == "}":
                in_braces = False
            elif text == "*" and after == "as":
                self._names[self._text(position + 2)] = f"{module}#default"
                position += 2
            elif text == "type" and after not in {",", "}", "as", "from"} and in_braces:
                position += 1
            elif text and text not in {",", "type"}:
                if in_braces and after in {"as", ":"}:
                    self._names[self._text(position + 2)] = f"{module}#{text}"
                    position += 2
                else:
                    self._names[text] = f"{module}#{text if in_braces else 'default'}"
                if in_braces:
                    name = f"{module}#{text}"
                    self._source.imports.append(Use(name, self._tokens[start - 1].line))
            position += 1

    def _uses(self) -> None:
        """Read calls and the strings of properties, with the calls and functions around them."""
        around: list[_Frame] = []
        conditions: list[int] = []
        pending, depth = "", 0
        position = 0
        while position < len(self._tokens):
            token = self._tokens[position]
            if token.kind == "sign" and token.text in _OPEN:
                is_body = token.text == "{" and pending and depth == len(around)
                is_branch = token.text == "{" and self._starts_branch(position)
                around.append(_Frame(function=pending if is_body else "", branch=is_branch))
                pending = "" if is_body else pending
            elif token.kind == "sign" and token.text in _CLOSE and around:
                around.pop()
                if token.text == ")" and conditions and conditions[-1] == len(around):
                    conditions.pop()
                    self._branches.add(position + 1)
            elif token.kind == "name" and self._text(position - 1) not in {".", "?."}:
                name, after = self._dotted(position)
                opening = self._after_generics(after)
                if name in {"if", "switch"} and self._text(after) == "(":
                    conditions.append(len(around))
                if self._text(opening) == "(" and name not in _NO_CALLS:
                    if self._text(position - 1) == "function" or self._is_method(opening):
                        pending, depth = name, len(around)
                    else:
                        full = self._full(name)
                        where = ".".join(frame.function for frame in around if frame.function)
                        self._source.calls.append(Use(full, token.line, where))
                        self._first_argument(opening, full, around)
                        around.append(_Frame(call=full))
                        after = opening + 1
                elif self._text(after) in {":", "="}:
                    self._property(position, after, name, around)
                    if self._is_function(after + 1):
                        pending, depth = name, len(around)
                position = max(position, after - 1)
            elif token.kind == "string" and self._text(position + 1) == ":":
                self._property(position, position + 1, token.text, around)
            position += 1

    def _starts_branch(self, position: int) -> bool:
        """Tell whether a brace opens what some condition decides."""
        return position in self._branches or self._text(position - 1) == "else"

    def _is_method(self, opening: int) -> bool:
        """Tell whether `name(…)` defines a method: a brace or a type follows its parameters."""
        depth, position = 0, opening
        while position < min(opening + 200, len(self._tokens)):
            text = self._text(position)
            if text in _OPEN:
                depth += 1
            elif text in _CLOSE:
                depth -= 1
                if depth == 0:
                    return self._text(position + 1) in {"{", ":"} and self._text(
                        opening - 2
                    ) not in {
                        "new",
                        "await",
                        "return",
                        "=",
                        "?",
                        ".",
                        "(",
                        ",",
                    }
            position += 1
        return False

    def _is_function(self, position: int) -> bool:
        """Tell whether a function starts here: `async (…) =>`, `function`, `(…) =>`."""
        if self._text(position) == "async":
            position += 1
        if self._text(position) == "function":
            return True
        return self._text(position) == "(" or self._text(position + 1) == "=>"

    def _dotted(self, position: int) -> tuple[str, int]:
        """Return the `a.b.c` that starts here and where it ends."""
        name = self._text(position)
        position += 1
        while self._text(position) in {".", "?.", "!"}:
            if self._text(position) == "!":
                if self._text(position + 1) not in {".", "?."}:
                    break
                position += 1
                continue
            following = self._tokens[position + 1] if position + 1 < len(self._tokens) else None
            if following is None or following.kind != "name":
                break
            name = f"{name}.{following.text}"
            position += 2
        return name, position

    def _after_generics(self, position: int) -> int:
        """Return where the call of `create<Application>(…)` opens; the place itself without types."""
        if self._text(position) != "<":
            return position
        depth = 0
        for end in range(position, min(position + _GENERICS, len(self._tokens))):
            token = self._tokens[end]
            if token.text == "<" and token.kind == "sign":
                depth += 1
            elif token.text == ">" and token.kind == "sign":
                depth -= 1
                if depth == 0:
                    return end + 1
            elif token.kind == "sign" and token.text not in _IN_TYPES:
                break
        return position

    def _first_argument(self, opening: int, called: str, around: list[_Frame]) -> None:
        token = self._tokens[opening + 1] if opening + 1 < len(self._tokens) else None
        if token is not None and token.kind == "string":
            certain = not any(frame.branch for frame in around)
            self._source.values.append(Value("()", (token.text,), token.line, called, certain))

    def _property(self, start: int, sign: int, name: str, around: list[_Frame]) -> None:
        """Note the strings of `name: "a"`, `name = process.env.X || "a"`, `name: [ "a" ]`."""
        found: list[str] = []
        depth = 0
        for position in range(sign + 1, min(sign + 1 + _VALUE_TOKENS, len(self._tokens))):
            token = self._tokens[position]
            if token.kind == "string":
                found.append(token.text)
            elif token.text in {"{", "=>", ";", "function"}:
                break
            elif token.text in _OPEN:
                depth += 1
            elif token.text in _CLOSE or (token.text == "," and depth == 0):
                depth -= 1
                if depth < 0:
                    break
            elif (
                token.kind == "name"
                and depth == 0
                and token.text in {"const", "let", "var", "export", "import"}
            ):
                break
        if found:
            where = next((frame.call for frame in reversed(around) if frame.call), "")
            line = self._tokens[start].line
            certain = not any(frame.branch for frame in around)
            self._source.values.append(
                Value(name.rpartition(".")[2], tuple(found), line, where, certain)
            )

    def _full(self, name: str) -> str:
        first, dot, rest = name.partition(".")
        if first not in self._names:
            return f".{name}"
        module, _, own = self._names[first].partition("#")
        return f"{module}#{_plain(f'{own}{dot}{rest}')}"


def _plain(name: str) -> str:
    """Return a name without the default export in front: `default.sign` is `sign`."""
    return name.removeprefix("default.") or "default"
