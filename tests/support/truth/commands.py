"""Every command that a document names is one that the project defines."""

from __future__ import annotations

import re
import shlex
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .document import Document, Fault
    from .facts import Facts

_SHELLS = frozenset({"sh", "bash", "shell", "console", "zsh"})
# Programs of the machine, which no project has to define.
_MACHINE = re.compile(
    "cat|cd|chmod|cp|curl|cut|echo|export|git|grep|head|jq|kill|ls|mkdir|openssl|printf|psql|"
    "sleep|source|sqlite3|tail|test|true"
)
# What makes inline code a command, also when the project has no such program.
_OTHER = re.compile(
    "alembic|bun|copier|docker|docker-compose|flask|gunicorn|kubectl|make|mypy|node|npm|npx|pip|"
    "pipenv|pnpm|poe|poetry|pytest|python3?|ruff|uv|uvicorn|uvx|yarn"
)
_UV_TASKS = frozenset(["add", "lock", "python", "remove", "sync", "tree"])
_VALUE_FLAGS = frozenset({"--env-file", "--group", "--python", "--with"})
_VARIABLE = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
_OPERATOR = re.compile(r"[();<>|&]+")


def command_faults(facts: Facts, document: Document) -> Iterator[Fault]:
    """Yield a fault for each command that does not exist here."""
    for text, line in _commands(document):
        try:
            commands = list(_split(text))
        except ValueError as error:
            yield document.fault(line, "command", f"{text}: {error}")
            continue
        for words in commands:
            if reason := _check(facts, words):
                yield document.fault(line, "command", f"{' '.join(words)}: {reason}")


def is_program(word: str) -> bool:
    """Tell whether code that starts with this word is a command."""
    return any(known.fullmatch(word) for known in (_MACHINE, _OTHER))


def _commands(document: Document) -> Iterator[tuple[str, int]]:
    for block in document.blocks:
        if block.language not in _SHELLS:
            continue
        pending = ""
        for span in block.lines():
            text = span.text.strip()
            if block.language == "console" and not pending:
                # What a command prints stands below it.
                text = text[2:] if text.startswith("$ ") else ""
            pending += text
            if pending.endswith("\\"):
                pending = pending[:-1]
                continue
            if pending and not pending.startswith("#"):
                yield pending, span.line
            pending = ""
    for span in document.code:
        words = [word for word in span.text.split() if not _VARIABLE.fullmatch(word)]
        # One word alone is a name: `pytest`.
        if len(words) > 1 and is_program(words[0]):
            yield span.text, span.line


def _split(text: str) -> Iterator[list[str]]:
    """Yield the words of each simple command, without variables and redirections."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
    lexer.commenters = "#"
    lexer.whitespace_split = True
    command: list[str] = []
    redirected = False
    for word in lexer:
        if _OPERATOR.fullmatch(word):
            redirected = word[0] in "<>"
            if not redirected and command:
                yield command
                command = []
        elif redirected:
            redirected = False
        elif command or not _VARIABLE.fullmatch(word):
            command.append(word)
    if command:
        yield command


def _check(facts: Facts, words: Sequence[str]) -> str:
    """Return what is wrong with one command, or an empty string."""
    program, *arguments = words
    checks: dict[str, Callable[[Facts, list[str]], str]] = {
        "uv": _uv,
        "uvx": _uvx,
        "npm": _npm,
        "docker": _docker,
        "python": _python,
        "python3": _python,
        "node": _node,
        "copier": lambda _, __: "",
        "cp": _file,
    }
    if program in checks:
        return checks[program](facts, arguments)
    if program.startswith("./") or "/" in program:
        return _file(facts, [program.removeprefix("./")])
    return "" if _MACHINE.fullmatch(program) else "the project has no such program"


def _uv(facts: Facts, arguments: list[str]) -> str:
    if "pyproject.toml" not in facts.files:
        return "there is no pyproject.toml"
    task, *rest = arguments or [""]
    if task != "run":
        return "" if task in _UV_TASKS else "not a task of uv that this project needs"
    while rest and rest[0].startswith("-"):
        rest = rest[2 if rest[0] in _VALUE_FLAGS else 1 :]
    program, *rest = rest or [""]
    if program == "poe":
        return _poe(facts, rest)
    if program == "python":
        return _python(facts, rest)
    if program not in facts.packages:
        return f"{program or 'nothing'} is not in the manifest"
    return _pytest(facts, rest) if program == "pytest" else ""


def _uvx(_: Facts, arguments: list[str]) -> str:
    while arguments and arguments[0].startswith("-"):
        arguments = arguments[2 if arguments[0] in _VALUE_FLAGS else 1 :]
    return "" if arguments[:1] == ["copier"] else "not a program that this project needs"


def _poe(facts: Facts, arguments: list[str]) -> str:
    if not arguments:
        return ""  # lists the tasks
    task, *rest = arguments
    if task not in facts.tasks:
        return f"no such task; there are {', '.join(sorted(facts.tasks))}"
    definition = facts.tasks[task]
    module = re.search(r"python -m (app[\w.]+)", str(definition))
    if module is None:
        return ""
    source = facts.source(module[1])
    named = [word for word in rest if word.startswith("--") and word != "--help"]
    if "add_subparsers" in source:
        named += [word for word in rest[:1] if word.islower() and word.isalpha()]
    unknown = [word for word in named if f'"{word.partition("=")[0]}"' not in source]
    return f"{module[1]} does not take {' '.join(unknown)}" if unknown else ""


def _pytest(facts: Facts, arguments: list[str]) -> str:
    while arguments[:1] and arguments[0] in {"-k", "-m"}:
        arguments = arguments[2:]
    return _file(facts, arguments)


def _npm(facts: Facts, arguments: list[str]) -> str:
    if "package.json" not in facts.files:
        return "there is no package.json"
    task, *rest = arguments or [""]
    if task == "run":
        # Without a name it lists the scripts.
        if rest and rest[0] not in facts.scripts:
            return f"no such script; there are {', '.join(sorted(facts.scripts))}"
        return _script(facts, *rest) if rest else ""
    if task in {"start", "test"}:
        return _file(facts, rest[1:])
    return "" if task in {"ci", "install"} else "not a task of npm that this project needs"


def _script(facts: Facts, script: str, *arguments: str) -> str:
    """Check the options, and the word that says what to do, of a script that runs a command."""
    module = re.search(r"src/commands/[\w-]+\.ts", facts.scripts[script])
    if module is None:
        return ""
    # A command may parse its arguments in a module beside it.
    folder = module[0].rpartition("/")[0]
    source = "".join(text for path, text in facts.files.items() if path.startswith(f"{folder}/"))
    words = arguments[1:] if arguments[:1] == ("--",) else arguments
    named = [word.removeprefix("--").partition("=")[0] for word in words if word[:2] == "--"]
    named += [word for word in words[:1] if word.islower() and word.isalpha()]
    unknown = [word for word in named if not re.search(rf"\b{word}\b", source)]
    return f"{module[0]} does not take {' '.join(unknown)}" if unknown else ""


def _node(facts: Facts, arguments: list[str]) -> str:
    return "" if arguments[:1] in (["-e"], ["-p"]) else _file(facts, arguments)


def _docker(facts: Facts, arguments: list[str]) -> str:
    task = arguments[0] if arguments else ""
    needed = {"compose": "compose.yaml", "build": "Dockerfile", "run": "Dockerfile"}.get(task)
    if needed is None:
        return "not a task of docker that this project needs"
    if needed not in facts.files:
        return f"there is no {needed}"
    if arguments[1:2] == ["--file"]:
        return _file(facts, arguments[2:3])
    if arguments[:2] == ["compose", "exec"]:
        service, *command = [word for word in arguments[2:] if not word.startswith("-T")] or [""]
        if f"\n  {service}:\n" not in facts.files[needed]:
            return f"{needed} has no service {service}"
        return _check(facts, command) if command else ""
    return ""


def _python(facts: Facts, arguments: list[str]) -> str:
    if arguments[:1] == ["-m"]:
        module = arguments[1] if len(arguments) > 1 else ""
        known = (
            facts.source(module) or module in facts.packages or module in sys.stdlib_module_names
        )
        return "" if known else f"no module {module}"
    if arguments[:1] == ["-c"]:
        return ""
    return _file(facts, arguments)


def _file(facts: Facts, arguments: list[str]) -> str:
    """Check the first argument that is no option: a file or folder of the project."""
    named = [word for word in arguments if not word.startswith("-")][:1]
    missing = [word for word in named if word.partition("::")[0].strip("/") not in facts.paths]
    return f"there is no {missing[0]}" if missing else ""
