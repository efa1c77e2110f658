"""The kinds of signals: for each one small function from the facts to the findings of a rule.

The list is closed. What a technology is recognized by is data, in technologies/*.yml:

========== ============================================ ==============================
kind       a fact is                                    argument
========== ============================================ ==============================
dependency a manifest asks for the package              pypi:fastapi, npm:@clerk/*
lock       the lock file of a package manager           uv.lock
file       a file of this name                          alembic.ini, migrations/0001_*.py
table      a section of a configuration file            pyproject.toml:tool.ruff
property   a field that a tool has for just this        packageManager=pnpm
variable   a variable of the environment                CLERK_SECRET_KEY
url        a URL with this scheme in settings           postgresql
image      the image of a service                       postgres
setting    a Django setting has this value              INSTALLED_APPS=allauth
option     an option in code of the library             npm:typeorm:type=mysql
import     source code imports the module               pypi:sqlite3
call       source code calls the function or class      pypi:fastapi.FastAPI
login      the same, where somebody signs in            pypi:jwt.encode
command    a task, script or pipeline runs this         node --test
hook       a hook of pre-commit                         ruff-format
source     source files end in this                     .ts
========== ============================================ ==============================
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .evidence import Evidence, Strength
from .facts import Call, Dependency, Fact, Scope, Setting
from .formats.shell import runs
from .formats.small import is_scheme, scheme
from .projects import ABOVE, MEMBER, OWN, module_root
from .readers.sources import SCHEME_KEYS, last_name
from .roles import FOREIGN, Role, environment
from .rules import file_pattern
from .tree import name_of, parent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .projects import View
    from .rules import Rule

    Signal = Callable[[View, Rule], Iterator["Finding"]]

TOOLS = frozenset(
    "formatter linter migrations package_manager runtime test_runner type_checker".split()
)
"""Fields for which a development dependency is as good as any."""
_INFRASTRUCTURE = frozenset({"ci", "deployment", "cloud"})
MAX_NAME = 120
"""Characters of the name of a setting."""
_LEVELS = (OWN, MEMBER, ABOVE)
_TEST_TASK = re.compile(
    r"(script|make|just|task|process|nx|tox):(tests?|unit|testenv|check)([:_-](unit|ci|cov|coverage|all|py|py\d+|backend|api|server|run|default))*"
)
_CONNECTION = re.compile(
    r"(?i)(.*_)?(url|uri|dsn|conn\w*|connect\w*|.*connection\w*|.*database\w*|.*db|engine\w*|.*client|.*pool|create\w*engine|default|.*sequelize|.*url|.*uri|.*dsn|drizzle|postgres|knex|init|bind|.*store\w*|from_url|db_\w+|.*broker|location|\(\))"
)
_NOT_OWN = re.compile(
    r"(?i).*(test|example|placeholder|prefix|help|description|title|label|pattern|regex|target|proxy|remote|upstream|sample|mock).*"
)
# What a URL is for that is no answer to the field: Celery keeps its results in a database, and
# sends its messages through what others use as a cache.
_FOR_OTHERS = {
    "database": re.compile(r"(?i).*(broker|cache|celery|location|redis|backend_url).*"),
    "cache": re.compile(r"(?i).*(broker|celery|queue|backend_url).*"),
    "queue": re.compile(r"(?i).*(cache|location).*"),
}
_WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_SIGN_IN = frozenset(
    "access account accounts auth authenticate authentication authorization authorize credential credentials"
    " identity jwt login logon oauth oauth2 passport refresh register security session sessions signin"
    " signup token tokens user users".split()
)
_NOT_SIGN_IN = frozenset(
    "apns apple attachment collab collaboration docusign download embed export federation github"
    " google hubspot integration integrations invitation invitations invite jitsi license livekit"
    " metabase plugins preview push reset share slack subscription unlock unsubscribe upload presign embedding"
    " vapid verification video webhook webhooks websocket zoom".split()
)
"""Other things that tokens are made for."""


@dataclass(frozen=True)
class Finding:
    """Evidence for a technology, how near it is, and what made it."""

    evidence: Evidence
    level: int
    kind: str
    fact: Fact | None = None


def findings(view: View, rule: Rule) -> Iterator[Finding]:
    """Yield what speaks for a rule's technology in a project."""
    if rule.ecosystem and rule.ecosystem != view.project.ecosystem:
        return
    yield from _KINDS[rule.kind](view, rule)


def _finding(rule: Rule, fact: Fact, strength: Strength, level: int, what: str) -> Finding:
    return Finding(
        Evidence(strength, fact.file, fact.line, rule.kind, what), level, rule.kind, fact
    )


def _dependency(view: View, rule: Rule) -> Iterator[Finding]:
    for name in _matching(view, rule):
        for level, fact in view.dependencies[rule.ecosystem, name]:
            strength = _dependency_strength(view, rule, level, fact)
            if view.role(fact.file) in FOREIGN and level == OWN:
                continue
            what = f"{fact.name} {fact.version}".strip() + (
                "" if fact.scope is Scope.RUNTIME else f" ({fact.scope})"
            )
            yield _finding(rule, fact, strength, level, what)


def _matching(view: View, rule: Rule) -> list[str]:
    wanted = rule.argument
    if "*" not in wanted:
        return [wanted] if (rule.ecosystem, wanted) in view.dependencies else []
    before, _, after = wanted.partition("*")
    return [
        name
        for ecosystem, name in view.dependencies
        if ecosystem == rule.ecosystem and name.startswith(before) and name.endswith(after)
    ]


def _dependency_strength(view: View, rule: Rule, level: int, fact: Dependency) -> Strength:
    if rule.field in TOOLS:
        return Strength.DEPENDED
    if fact.scope is not Scope.RUNTIME:
        return Strength.HINTED
    if level == ABOVE and view.has_runtime_dependencies:
        return Strength.HINTED
    return Strength.DEPENDED


def _file(view: View, rule: Rule) -> Iterator[Finding]:
    pattern = file_pattern(rule.argument)
    for level in _LEVELS:
        for path in view.files(level):
            if not pattern.fullmatch(path):
                continue
            if rule.field not in TOOLS | _INFRASTRUCTURE and not view.is_main(path):
                continue
            if view.role(path) in FOREIGN or (level == ABOVE and not _is_beside(path, view)):
                continue
            yield _finding(rule, Fact(path, 1), Strength.CONFIGURED, level, name_of(path))


def _is_beside(path: str, view: View) -> bool:
    """Tell whether a file above a project is for it too: not one deep in another folder."""
    return (
        parent(path) in view.above
        or parent(path) in view.index.folders
        or path.startswith(
            (
                ".",
                "deploy",
                "docker",
                "infra",
                "k8s",
                "helm",
                "terraform",
                "ops",
                "kubernetes",
                "charts",
            )
        )
    )


def _table(view: View, rule: Rule) -> Iterator[Finding]:
    name, _, section = rule.argument.partition(":")
    for level, fact in view.named("tables", section):
        if file_pattern(name).fullmatch(fact.file) and view.role(fact.file) not in FOREIGN:
            yield _finding(rule, fact, Strength.CONFIGURED, level, f"[{section}]")


def _property(view: View, rule: Rule) -> Iterator[Finding]:
    name, _, value = rule.argument.partition("=")
    for level, fact in view.named("properties", name):
        if fact.value == value and _speaks(view, fact.file):
            yield _finding(rule, fact, Strength.DECLARED, level, f"{name} = {value}")


def _variable(view: View, rule: Rule) -> Iterator[Finding]:
    for level in _LEVELS:
        for fact in view.facts("variables", level):
            if re.fullmatch(rule.argument.replace("*", ".*"), fact.name) and view.role(
                fact.file
            ) in {Role.MAIN, Role.TOOL}:
                yield _finding(rule, fact, Strength.HINTED, level, fact.name)


def _image(view: View, rule: Rule) -> Iterator[Finding]:
    for level, fact in view.named("images", rule.argument):
        if view.role(fact.file) in FOREIGN:
            continue
        is_own = fact.origin == "compose" and _speaks(view, fact.file)
        is_own = is_own and environment(name_of(fact.file)) != "test"
        strength = Strength.CONFIGURED if is_own else Strength.HINTED
        yield _finding(rule, fact, strength, level, f"image {fact.name}")


def _speaks(view: View, path: str) -> bool:
    """Tell whether a file of configuration is not for tests or examples only."""
    return view.role(path) in {Role.MAIN, Role.TOOL} or view.role(path) in view.main_roles


def _url(view: View, rule: Rule) -> Iterator[Finding]:
    for level in _LEVELS:
        for fact in view.facts("variables", level):
            if view.role(fact.file) in FOREIGN:
                continue
            if is_scheme(fact.scheme, rule.argument) and _is_for(fact.name[:MAX_NAME], rule.field):
                is_own = _speaks(view, fact.file) and environment(name_of(fact.file)) != "test"
                strength = Strength.CONFIGURED if is_own else Strength.HINTED
                yield _finding(rule, fact, strength, level, f"{fact.name}={rule.argument}:…")
    for level in (OWN, MEMBER):
        for fact in view.facts("addresses", level):
            said = _setting_strength(fact)
            schemes = _schemes(fact, rule.field) if said and _speaks(view, fact.file) else ()
            if said and any(is_scheme(each, rule.argument) for each in schemes):
                yield _finding(rule, fact, said, level, f"{fact.name} {rule.argument}://…")


def _is_for(name: str, field: str) -> bool:
    """Tell whether what has this name may be the address of what the field is about."""
    return not (_NOT_OWN.fullmatch(name) or _FOR_OTHERS[field].fullmatch(name))


def _schemes(fact: Setting, field: str) -> set[str]:
    """Return the schemes of the URLs that a setting of the field may be."""
    if fact.name in SCHEME_KEYS:
        return set(fact.texts)
    name = fact.where.rpartition(".")[2].rpartition("#")[2] if fact.name == "()" else fact.name
    if (
        max(len(name), len(fact.where)) > MAX_NAME
        or not _CONNECTION.fullmatch(name)
        or not _is_for(name, field)
        or not _is_for(fact.where.rpartition(".")[2], field)
    ):
        return set()
    return {scheme(text) for text in fact.texts if "://" in text}


def _setting_strength(fact: Setting) -> Strength | None:
    """Return how much a setting says: that of tests nothing, that of development less."""
    of_file, of_class = environment(name_of(fact.file)), environment(fact.where.rpartition(".")[2])
    if "test" in {of_file, of_class}:
        return None
    if "development" in {of_file, of_class} or not fact.certain:
        return Strength.USED
    return Strength.CONFIGURED


def _setting(view: View, rule: Rule) -> Iterator[Finding]:
    name, _, value = rule.argument.partition("=")
    key = name.rpartition(".")[2]
    for level in (OWN, MEMBER):
        for fact in _effective(view, key, level):
            if not value or any(
                text == value or text.startswith(f"{value}.") for text in fact.texts
            ):
                strength = _setting_strength(fact)
                if strength:
                    yield _finding(rule, fact, strength, level, f"{key} {value}".strip())


def _effective(view: View, key: str, level: int) -> Iterator[Setting]:
    """Yield the assignments of a setting that hold.

    In each file and class the last one, and additions; of a dictionary with several entries of
    this name the first one, as of the default among the databases.
    """
    last: dict[tuple[str, str], Setting] = {}
    facts = [fact for _, fact in view.named("settings", key, level)]
    for fact in sorted(facts, key=lambda each: (each.file, each.statement, -each.line)):
        if fact.ecosystem != "pypi" or not view.is_main(fact.file) or _is_of_search(fact):
            continue
        if fact.name == f"{key}+" or not fact.certain:
            yield fact
        else:
            last[fact.file, fact.where] = fact
    yield from last.values()


def _is_of_search(fact: Setting) -> bool:
    """Tell whether an ENGINE is one of a search library, whose setting has the same form."""
    return fact.name == "ENGINE" and fact.texts[-1].endswith("Engine")


def _option(view: View, rule: Rule) -> Iterator[Finding]:
    where, _, option = rule.argument.rpartition(":")
    key, _, value = option.partition("=")
    for level in (OWN, MEMBER):
        files = None
        for _, fact in view.named("settings", key, level):
            if value not in fact.texts or not _speaks(view, fact.file):
                continue
            if files is None:
                files = _files_of(view, rule, where, level)
            is_declared = bool(file_pattern(where).fullmatch(fact.file))
            strength = _setting_strength(fact)
            if strength is None or not (is_declared or fact.file in files):
                continue
            if is_declared and strength is Strength.CONFIGURED:
                strength = Strength.DECLARED
            yield _finding(rule, fact, strength, level, f"{key}: {value}")


def _files_of(view: View, rule: Rule, module: str, level: int) -> set[str]:
    return {
        fact.file
        for _, fact in view.named("imports", module_root(module), level)
        if fact.ecosystem == rule.ecosystem and _is_module(fact.name, module)
    }


def _is_module(name: str, wanted: str) -> bool:
    """Tell whether an import is of a module or of a part of it."""
    return name == wanted or name.startswith((f"{wanted}.", f"{wanted}/", f"{wanted}#"))


def _import(view: View, rule: Rule) -> Iterator[Finding]:
    for level, fact in view.named("imports", module_root(rule.argument), OWN, MEMBER):
        is_it = fact.ecosystem == rule.ecosystem and _is_module(fact.name, rule.argument)
        if is_it and _is_read(view, rule, fact):
            yield _finding(rule, fact, Strength.USED, level, f"imports {fact.name}")


def _is_read(view: View, rule: Rule, fact: Fact) -> bool:
    """Tell whether source code speaks for the field: tests do for the one about tests only."""
    if rule.field == "test_runner":
        return view.role(fact.file) in {Role.TEST, Role.MAIN}
    return view.is_main(fact.file)


def _call(view: View, rule: Rule) -> Iterator[Finding]:
    for level, fact in view.named("calls", last_name(rule.argument.lstrip("~")), OWN, MEMBER):
        is_it = fact.ecosystem == rule.ecosystem and _is_called(fact.name, rule.argument)
        if is_it and _is_read(view, rule, fact):
            yield _finding(rule, fact, Strength.USED, level, f"{fact.name}(…)")


def _is_called(name: str, wanted: str) -> bool:
    if wanted.startswith("~"):
        return name.endswith(f".{wanted[1:]}") or name == wanted[1:]
    return name == wanted


def _login(view: View, rule: Rule) -> Iterator[Finding]:
    for finding in _call(view, rule):
        assert isinstance(finding.fact, Call)  # noqa: S101
        path = finding.fact.file.removeprefix(view.folder)
        words = {word.lower() for word in _WORDS.findall(f"{path}.{finding.fact.where}")}
        if words & _SIGN_IN and not words & _NOT_SIGN_IN:
            yield finding


def _command(view: View, rule: Rule) -> Iterator[Finding]:
    wanted = tuple(rule.argument.split())
    for level, fact in view.named("commands", wanted[0]):
        if runs(fact.words, wanted) and view.role(fact.file) not in FOREIGN:
            is_task = _TEST_TASK.fullmatch(fact.origin) and rule.field == "test_runner"
            strength = Strength.DECLARED if is_task else Strength.CONFIGURED
            yield _finding(rule, fact, strength, level, " ".join(fact.words)[:80])


def _hook(view: View, rule: Rule) -> Iterator[Finding]:
    for level, fact in view.named("hooks", rule.argument):
        if view.role(fact.file) in FOREIGN:
            continue
        yield _finding(rule, fact, Strength.CONFIGURED, level, f"hook {fact.name}")


def _source(view: View, rule: Rule) -> Iterator[Finding]:
    if files := view.source_files(rule.argument):
        what = f"{len(files)} files {rule.argument}"
        yield _finding(rule, Fact(files[0], 1), Strength.DECLARED, OWN, what)


_KINDS: dict[str, Signal] = {
    "call": _call,
    "command": _command,
    "dependency": _dependency,
    "file": _file,
    "hook": _hook,
    "image": _image,
    "import": _import,
    "lock": _file,
    "login": _login,
    "option": _option,
    "property": _property,
    "setting": _setting,
    "source": _source,
    "table": _table,
    "url": _url,
    "variable": _variable,
}
