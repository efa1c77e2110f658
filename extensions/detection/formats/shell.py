"""Command lines: the programs that a line of shell runs, without what only wraps them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_LENGTH = 20_000
_TOKEN = re.compile(
    r"""(?P<comment>(?:(?<=\s)|\A)\#[^\n]*)
    |(?P<separator>&&|\|\||;|\||\n|\$\(|`|&(?!>))
    |(?P<word>(?:>&|&>|[^\s"'\\;|&`$]|\\.|\$(?!\()|"(?:[^"\\\n]|\\.)*+"?|'[^'\n]*+'?)+)
    |.""",
    re.VERBOSE | re.DOTALL,
)
_QUOTED = re.compile(
    r""""(?P<double>(?:[^"\\\n]|\\.)*+)"?|'(?P<single>[^'\n]*+)'?|\\(?P<escaped>.)""", re.DOTALL
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_SPEAKERS = frozenset("@echo awk curl echo gh git grep jq printf sed".split())
"""Programs whose arguments are no commands."""
_MANAGERS = frozenset("bun npm pdm pipenv pnpm poetry uv yarn".split())
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
_CONTINUED = re.compile(r"\\\r?\n\s*")
_INTERPRETER = re.compile(r"python[\d.]*|py")
# Programs whose first argument that is no option is the program that runs.
_WRAPPERS = frozenset(
    "c8 chronic command cross-env cross-env-shell ddtrace-run dotenvx env env-cmd exec infisical nice"
    " node-env-run npx nyc opentelemetry-instrument retry run-if-changed sudo time xvfb-run".split()
)
# The same in two words: `uv run pytest`.
_TWO_WORDS = frozenset(
    "bundle exec;bun x;conda run;mamba run;micromamba run;coverage run;doppler run;hatch run;npm exec;op run;pdm run;pipenv run;pixi run;"
    "pnpm exec;poetry run;rye run;uv run;yarn exec;mise exec".split(";")
)
_ONE_WORD = frozenset({"bunx", "pnpx", "uvx"})
_ELSEWHERE = frozenset({"pnpm dlx", "uv tool", "yarn dlx"})
_IN_CONTAINER = frozenset({"exec", "run"})
_TYPESCRIPT_RUNNERS = frozenset({"tsx", "ts-node", "ts-node-esm"})
_SHELL_WORDS = frozenset("if then else elif fi do done while for case esac in { } ! @ -".split())
_NAMED = frozenset({"conda", "mamba", "micromamba", "nice"})
"""Wrappers whose -n takes a value, which for others is a switch."""
# Options of wrappers that take a value.
_VALUED = frozenset(
    {
        "--with",
        "--group",
        "--extra",
        "--env-file",
        "-e",
        "-f",
        "-p",
        "--package",
        "--python",
        "-w",
        "--filter",
        "--project",
        "--directory",
        "-u",
    }
)


def commands(line: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of each command that a script runs, programs without path and wrapper.

    >>> list(commands("cross-env CI=1 poetry run python -m pytest -q && npm run lint"))
    [('poetry', 'run'), ('pytest', '-q'), ('npm', 'run', 'lint')]
    """
    text = _CONTINUED.sub(" ", line[:MAX_LENGTH])
    for words in _split(text):
        yield from _unwrapped(words)
        if words[0] in _SPEAKERS:
            continue
        for word in words[1:]:
            # A command in quotes, as for `concurrently "tsc -w" "node --watch ."` and `sh -c`.
            if " " in word.strip() and len(word) < len(line):
                yield from commands(word)


def _split(text: str) -> Iterator[list[str]]:
    """Yield the words of each command, without their quotes."""
    words: list[str] = []
    for token in _TOKEN.finditer(text):
        if token["word"]:
            words.append(_QUOTED.sub(_unquoted, token["word"]))
        elif token["separator"] and words:
            yield words
            words = []
    if words:
        yield words


def _unquoted(found: re.Match[str]) -> str:
    double = _ESCAPED.sub(r"\1", found["double"] or "")
    return double or found["single"] or found["escaped"] or ""


def _unwrapped(words: list[str]) -> Iterator[tuple[str, ...]]:
    """Yield the command that the words run in the end; nothing when none is left."""
    while words:
        program = words[0].rpartition("/")[2].removesuffix(".exe")
        if "@" in program[1:]:
            # A version, as in `npx prisma@6 migrate`.
            program = program[0] + program[1:].partition("@")[0]
        if program in _MANAGERS and words[1:2] and words[1].startswith("-"):
            words = [program, *_without_options(words[1:])]
        if words[0] in _SHELL_WORDS or _ASSIGNMENT.fullmatch(words[0]) or words[0].startswith("-"):
            words = words[1:]
        elif words[0].lstrip("@-") != words[0]:
            # How make says that a line is not shown, or may fail.
            words = [words[0].lstrip("@-"), *words[1:]]
        elif program in _WRAPPERS or program in _ONE_WORD:
            words = _without_options(words[1:], program)
        elif program == "dotenv" and "--" in words:
            words = words[words.index("--") + 1 :]
        elif len(words) > 2 and f"{program} {words[1]}" in _ELSEWHERE:
            # A tool from somewhere else, not one of the project's packages.
            words = _without_options(words[2:])
        elif len(words) > 2 and f"{program} {words[1]}" in _TWO_WORDS:
            yield (program, words[1])
            words = _without_options(words[2:], program)
        elif program in {"docker", "docker-compose", "podman"} and (inner := _in_container(words)):
            yield (program, *words[1:])
            words = inner
        elif _INTERPRETER.fullmatch(program):
            words = _python(words[1:])
        elif program in _TYPESCRIPT_RUNNERS:
            yield (program, *words[1:])
            words = ["node", *words[1:]]
        elif program in {"node", "bun"} and (inner := _package(words)):
            words = inner
        else:
            yield (program, *words[1:])
            return


def _without_options(words: list[str], wrapper: str = "") -> list[str]:
    """Drop options and assignments before the program."""
    valued = _VALUED | {"-n", "--name"} if wrapper in _NAMED else _VALUED
    while words and (words[0].startswith("-") or _ASSIGNMENT.fullmatch(words[0])):
        if words[0] == "-m":
            return words[1:]
        words = words[2:] if words[0] in valued else words[1:]
    return words


def _python(words: list[str]) -> list[str]:
    """Return the module or the script that Python runs."""
    while words and words[0].startswith("-") and words[0] not in {"-m", "-c"}:
        words = words[2:] if words[0] in {"-W", "-X"} else words[1:]
    if words and words[0] == "-c":
        return []
    return words[1:] if words and words[0] == "-m" else words


def _package(words: list[str]) -> list[str]:
    """Return what `node ./node_modules/typeorm/cli.js …` runs: the package and its arguments."""
    for number, word in enumerate(words[1:6], start=1):
        before, mark, inside = word.partition("node_modules/")
        if mark and not before.startswith("-"):
            return [inside.removeprefix(".bin/").partition("/")[0], *words[number + 1 :]]
    return []


def _in_container(words: list[str]) -> list[str]:
    """Return what `docker compose run web …` runs: the words after the service."""
    for number, word in enumerate(words[1:4], start=1):
        if word in _IN_CONTAINER:
            rest = _without_options(words[number + 1 :])
            return rest[1:]
    return []


def runs(words: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Tell whether a command is the wanted one: its program, and the other words in order."""
    if not words or words[0] != wanted[0]:
        return False
    rest = iter(words[1:])
    return all(any(_is_word(each, word) for each in rest) for word in wanted[1:])


def _is_word(word: str, wanted: str) -> bool:
    return word == wanted or (wanted.startswith("--") and word.startswith(f"{wanted}="))
