"""Trees made from the rules themselves: each signal of technologies/*.yml as the files that have it.

One function for each kind of signal returns what a project that has it holds, and one what a
project holds that nearly has it. A new technology is tested by them the day it is added.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from detection.rules import Rule, file_pattern, load_rules
from detection.signals import TOOLS

if TYPE_CHECKING:
    from collections.abc import Callable

    from detection.rules import Subject

RULES = load_rules()


@dataclass(frozen=True)
class Project:
    """A project that is being put together: the packages that it asks for, and its other files."""

    ecosystem: str
    packages: tuple[str, ...] = ()
    developed_with: tuple[str, ...] = ()
    scripts: dict[str, str] = field(default_factory=dict)
    keys: dict[str, object] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    def having(self, *others: Part) -> Project:
        """Return the project with the parts; files of the same name are put one below the other."""
        project = self
        for part in others:
            files = dict(project.files)
            for path, text in part.files.items():
                files[path] = f"{files[path]}{text}" if path in files else text
            project = replace(
                project,
                packages=project.packages + part.packages,
                developed_with=project.developed_with + part.developed_with,
                scripts=project.scripts | part.scripts,
                keys=project.keys | part.keys,
                files=files,
            )
        return project

    def tree(self) -> dict[str, str]:
        """Return all files, the manifest of the ecosystem among them."""
        return _MANIFESTS[self.ecosystem](self) | self.files


@dataclass(frozen=True)
class Part:
    """What a signal adds to a project."""

    packages: tuple[str, ...] = ()
    developed_with: tuple[str, ...] = ()
    scripts: dict[str, str] = field(default_factory=dict)
    keys: dict[str, object] = field(default_factory=dict)
    """Fields of package.json."""
    files: dict[str, str] = field(default_factory=dict)


def _requirements(project: Project) -> dict[str, str]:
    files = {"requirements.txt": "".join(f"{each}\n" for each in project.packages)}
    if project.developed_with:
        files["requirements-dev.txt"] = "".join(f"{each}\n" for each in project.developed_with)
    return files


def _package_json(project: Project) -> dict[str, str]:
    manifest = {
        "name": "api",
        "private": True,
        "scripts": project.scripts,
        "dependencies": dict.fromkeys(project.packages, "1"),
        "devDependencies": dict.fromkeys(project.developed_with, "1"),
        **project.keys,
    }
    return {"package.json": json.dumps(manifest, indent=2)}


def _go_mod(project: Project) -> dict[str, str]:
    listed = [f"\t{each} v1.0.0\n" for each in project.packages]
    listed += [f"\t{each} v1.0.0 // indirect\n" for each in project.developed_with]
    return {"go.mod": f"module example.com/api\n\ngo 1.25\n\nrequire (\n{''.join(listed)})\n"}


def _gradle(project: Project) -> dict[str, str]:
    plugins = [each.removeprefix("plugin:") for each in project.packages if each[:7] == "plugin:"]
    lines = [f'    id("{each}") version "1"\n' for each in plugins]
    packages = [each for each in project.packages if each[:7] != "plugin:"]
    listed = [f'    implementation("{each}:1.0")\n' for each in packages]
    tests = [each for each in project.developed_with if each[:7] != "plugin:"]
    listed += [f'    testImplementation("{each}:1.0")\n' for each in tests]
    text = f"plugins {{\n{''.join(lines)}}}\n\ndependencies {{\n{''.join(listed)}}}\n"
    return {"build.gradle.kts": text}


def _cargo_toml(project: Project) -> dict[str, str]:
    text = '[package]\nname = "api"\n\n[dependencies]\n'
    text += "".join(f'{each} = "1"\n' for each in project.packages)
    text += "\n[dev-dependencies]\n"
    text += "".join(f'{each} = "1"\n' for each in project.developed_with)
    return {"Cargo.toml": text}


def _swift_package(project: Project) -> dict[str, str]:
    listed = [f'.package(url: "https://{each}.git", from: "1.0.0"),' for each in project.packages]
    return {"Package.swift": f"let package = Package(dependencies: [{''.join(listed)}])\n"}


def _pubspec(project: Project) -> dict[str, str]:
    text = "name: api\ndependencies:\n" + "".join(f"  {each}: any\n" for each in project.packages)
    text += "dev_dependencies:\n" + "".join(f"  {each}: any\n" for each in project.developed_with)
    return {"pubspec.yaml": text}


_MANIFESTS: dict[str, Callable[[Project], dict[str, str]]] = {
    "pypi": _requirements,
    "npm": _package_json,
    "go": _go_mod,
    "maven": _gradle,
    "cargo": _cargo_toml,
    "swift": _swift_package,
    "pub": _pubspec,
}

# The least that is a project of an ecosystem, of no framework.
BARE = {
    "pypi": Project("pypi", ("httpx",), files={"app/core.py": "import httpx\n"}),
    "npm": Project("npm", ("nanoid",), files={"src/core.js": "import { nanoid } from 'nanoid';\n"}),
    "go": Project("go", files={"main.go": "package main\n\nfunc main() {}\n"}),
    "maven": Project("maven", files={"src/main/java/App.java": "class App {}\n"}),
    "cargo": Project("cargo", files={"src/main.rs": "fn main() {}\n"}),
    "swift": Project("swift", files={"Sources/App/main.swift": "print(1)\n"}),
    "pub": Project("pub", files={"lib/main.dart": "void main() {}\n"}),
}
# What an application is written with unless the rule is about another framework.
_USUAL = {"pypi": "flask", "npm": "express", "maven": "spring-boot", "cargo": "actix"}


def sample(pattern: str) -> str:
    """Return a name that a pattern with asterisks stands for.

    >>> sample("prisma/**/migrations/*.sql"), sample("pytest-*"), sample("*[redis]")
    ('prisma/migrations/any.sql', 'pytest-any', 'any[redis]')
    """
    return pattern.replace("**/", "").replace("*", "any")


def spoiled(pattern: str) -> str:
    """Return a name that nearly matches: a letter more behind the last word that is given.

    >>> spoiled("pytest-*"), spoiled("@clerk/*"), spoiled("*[redis]"), spoiled("ruff")
    ('pytestx-any', '@clerkx/any', 'any[redisx]', 'ruffx')
    """
    place = max(found.end() for found in re.finditer(r"\w+", pattern))
    return sample(f"{pattern[:place]}x{pattern[place:]}")


def ecosystem_of(rule: Rule) -> str:
    """Return the ecosystem in which a rule is tried."""
    subject = RULES.subjects[rule.technology]
    if rule.ecosystem or subject.ecosystem:
        return rule.ecosystem or subject.ecosystem
    if rule.kind == "setting":
        return "pypi"
    if rule.kind == "property" or rule.argument.startswith(("package.json:", "wrangler.")):
        return "npm"
    named = [each.ecosystem for each in subject.rules if each.ecosystem]
    return named[0] if named else "pypi"


def base_of(rule: Rule) -> Project:
    """Return an application of a framework with which the rule's technology can be used."""
    subject, ecosystem = RULES.subjects[rule.technology], ecosystem_of(rule)
    required = [RULES.subjects[each] for each in subject.requires]
    frameworks = [each for each in (subject, *required) if each.field == "framework"]
    name = frameworks[0].id if frameworks else _USUAL.get(ecosystem)
    if rule.kind == "setting":
        name = "django"
    base = written_with(name, ecosystem) if name else BARE[ecosystem]
    for other in required:
        if other.field != "framework":
            base = base.having(made(first(other, "dependency", ecosystem)))
    return base


def first(subject: Subject, kind: str, ecosystem: str) -> Rule:
    """Return the first rule of a kind that a technology has in its own field."""
    return next(
        each
        for each in subject.rules
        if (each.field, each.kind) == (subject.field, kind) and ecosystem_of(each) == ecosystem
    )


def written_with(framework: str, ecosystem: str) -> Project:
    """Return a project that is written with a framework, by the framework's own rules."""
    subject = RULES.subjects[framework]
    return BARE[ecosystem].having(
        made(first(subject, "dependency", ecosystem)), made(_application(subject, ecosystem))
    )


def _application(subject: Subject, ecosystem: str) -> Rule:
    """Return the rule by which an application of a framework is told."""
    return next(
        each
        for each in subject.rules
        if each.field == "framework"
        and each.kind != "dependency"
        and ecosystem_of(each) == ecosystem
    )


def plain_application(ecosystem: str) -> Project:
    """Return an application with nothing but its framework."""
    return written_with(_USUAL[ecosystem], ecosystem)


def project_can_have_both(one: Subject, other: Subject) -> bool:
    """Tell whether there is an ecosystem in which both are used."""
    return bool(_shared(one, other))


def project_with_both(one: Subject, other: Subject) -> Project:
    """Return a project that has a signal of each of two technologies in the field of the first."""
    ecosystem = _shared(one, other)[0]
    if one.field == "framework":
        return written_with(one.id, ecosystem).having(
            made(first(other, "dependency", ecosystem)), made(_application(other, ecosystem))
        )
    rules = [_signals(each, one.field, ecosystem)[0] for each in (one, other)]
    base = base_of(rules[0])
    if any(each.requires for each in (one, other)):
        base = base_of(rules[0] if one.requires else rules[1])
    return base.having(*map(made, rules))


def _shared(one: Subject, other: Subject) -> list[str]:
    return [
        ecosystem
        for ecosystem in BARE
        if _signals(one, one.field, ecosystem) and _signals(other, one.field, ecosystem)
    ]


def _signals(subject: Subject, field: str, ecosystem: str) -> list[Rule]:
    """Return the rules that answer a field by themselves, dependencies first."""
    rules = [
        rule
        for rule in subject.rules
        if rule.field == field and rule.kind != "variable" and ecosystem_of(rule) == ecosystem
    ]
    return sorted(rules, key=lambda rule: rule.kind != "dependency")


def tree_with(rule: Rule) -> dict[str, str]:
    """Return the files of a project that has the rule's signal."""
    if rule.argument in _OF_MANAGERS and rule.kind == "lock":
        return BARE[ecosystem_of(rule)].files | {rule.argument: _OF_MANAGERS[rule.argument]}
    return _project_with(rule).tree()


def has_near_miss(rule: Rule) -> bool:
    """Tell whether a project can have everything but the signal: all but that of a manifest."""
    return rule.argument not in _OF_MANAGERS


def _project_with(rule: Rule) -> Project:
    """Return a project that has the signal; one of a framework also what makes it one."""
    if rule.field != "framework":
        return base_of(rule).having(made(rule))
    subject, ecosystem = RULES.subjects[rule.technology], ecosystem_of(rule)
    other = (
        _application(subject, ecosystem)
        if rule.kind == "dependency"
        else first(subject, "dependency", ecosystem)
    )
    return BARE[ecosystem].having(made(rule), made(other))


def project_nearly_with(rule: Rule) -> Project:
    """Return a project that has everything but the signal, which it nearly has in several ways."""
    if rule.field != "framework":
        return base_of(rule).having(*nearly(rule))
    subject, ecosystem = RULES.subjects[rule.technology], ecosystem_of(rule)
    if rule.kind == "dependency":
        # An application object of what is no dependency.
        return BARE[ecosystem].having(*nearly(rule), made(_application(subject, ecosystem)))
    return BARE[ecosystem].having(*nearly(rule), made(first(subject, "dependency", ecosystem)))


def made(rule: Rule) -> Part:
    """Return what has the signal of a rule."""
    return _MADE[rule.kind](rule)


def nearly(rule: Rule) -> list[Part]:
    """Return what only looks as if it had the signal."""
    return _NEARLY[rule.kind](rule)


def _text(path: str, text: str) -> Part:
    return Part(files={path: text})


def _below(folder: str, part: Part) -> Part:
    return Part(files={f"{folder}/{path}": text for path, text in part.files.items()})


def _mentioned(*names: str) -> Part:
    """Return texts that are no code and no manifest."""
    lines = "".join(f"Works with {each}. `{each}`\n" for each in names)
    return Part(files={"README.md": lines, "docs/index.md": lines, "CHANGELOG.md": lines})


def _dependency(rule: Rule) -> Part:
    return Part(packages=(sample(rule.argument),))


def _nearly_dependency(rule: Rule) -> list[Part]:
    name = sample(rule.argument)
    other = "npm" if rule.ecosystem == "pypi" else "pypi"
    in_test = replace(BARE[rule.ecosystem], packages=(name,))
    if rule.field == "framework":
        application = _application(RULES.subjects[rule.technology], rule.ecosystem)
        in_test = in_test.having(made(application))
    parts = [
        Part(packages=(spoiled(rule.argument),)),
        _mentioned(name, f"pip install {name}", f"npm install {name}"),
        _below("tests/fixtures/project", Part(files=in_test.tree())),
        *_commented(rule.ecosystem, name),
    ]
    if rule.field != "framework":
        # A repository with applications in its examples only is about them.
        parts.append(_below("examples/more", Part(files=in_test.tree())))
    if _is_nothing_in(other, rule, name):
        parts.append(_below("tool", Part(files=_MANIFESTS[other](Project(other, (name,))))))
    if rule.field not in TOOLS | {"framework"}:
        parts.append(Part(developed_with=(name,)))
    return parts


def _is_nothing_in(ecosystem: str, rule: Rule, name: str) -> bool:
    """Tell whether no rule of the technology is about this name in another ecosystem."""
    subject = RULES.subjects[rule.technology]
    return not any(
        (each.ecosystem, sample(each.argument)) == (ecosystem, name) for each in subject.rules
    )


def _commented(ecosystem: str, name: str) -> list[Part]:
    if ecosystem == "pypi":
        return [Part(packages=(f"# {name}",))]
    if ecosystem == "npm":
        return [Part(scripts={"postinstall": f"echo {name}"})]
    return []


# What is the manifest of an ecosystem, and by that tells the package manager.
_OF_MANAGERS = {
    "Cargo.toml": BARE["cargo"].tree()["Cargo.toml"],
    "Package.swift": BARE["swift"].tree()["Package.swift"],
    "build.gradle": "dependencies {}\n",
    "build.gradle.kts": BARE["maven"].tree()["build.gradle.kts"],
    "go.mod": BARE["go"].tree()["go.mod"],
    "pom.xml": "<project><artifactId>api</artifactId></project>\n",
}


def _named_file(rule: Rule) -> Part:
    return _text(sample(rule.argument), "")


def _nearly_named_file(rule: Rule) -> list[Part]:
    name = sample(rule.argument)
    folder, slash, last = name.rpartition("/")
    asked = [
        file_pattern(each.argument)
        for each in RULES.subjects[rule.technology].rules
        if each.kind == rule.kind
    ]
    others = (f"{folder}{slash}x-{last}", f"{name}.orig", spoiled(rule.argument))
    near = [each for each in others if not any(pattern.fullmatch(each) for pattern in asked)]
    assert near, rule
    folders = ["docs", "tests/fixtures/project", "node_modules/any"]
    if rule.field != "framework":
        folders.append("examples/project")
    elsewhere = [f"{folder}/{name}" for folder in folders]
    return [*(_text(each, "") for each in (*near, *elsewhere)), _mentioned(name)]


def _source(rule: Rule) -> Part:
    return Part(files={f"src/part{number}{rule.argument}": "" for number in range(4)})


def _nearly_source(rule: Rule) -> list[Part]:
    return [
        Part(files={f"{folder}/part{number}{rule.argument}": "" for number in range(4)})
        for folder in ("docs", "examples", "vendor", "node_modules/any")
    ]


def _table(rule: Rule) -> Part:
    name, _, section = rule.argument.partition(":")
    if name == "package.json":
        return Part(keys={section: {}})
    if name.startswith("wrangler"):
        return _text("wrangler.toml", f"[[{section.removeprefix('wrangler.')}]]\nbinding = 'A'\n")
    text = f"[{section}]\nany = 1\n"
    if name == "pyproject.toml":
        text += '[project]\nname = "api"\ndependencies = ["flask"]\n'
    return _text(name, text)


def _nearly_table(rule: Rule) -> list[Part]:
    name, _, section = rule.argument.partition(":")
    if name == "package.json":
        return [Part(keys={f"{section}x": {}, "config": {section: {}}})]
    if name.startswith("wrangler"):
        return [_text("wrangler.toml", f"[[x{section.removeprefix('wrangler.')}]]\na = 1\n")]
    text = f"# [{section}]\n[other]\nany = '''\n[{section}]\n'''\n[x{section}]\nany = 1\n"
    if not name.endswith(".toml"):
        text = f"# [{section}]\n[other]\nany =\n  [{section}]\n[x{section}]\nany = 1\n"
    return [_text(name, text), _text(f"docs/{name}", f"[{section}]\nany = 1\n")]


def _property(rule: Rule) -> Part:
    name, _, value = rule.argument.partition("=")
    if name == "packageManager":
        return Part(keys={"packageManager": f"{value}@1.2.3"})
    if name == "engines":
        return Part(keys={"engines": {value: ">=1"}})
    _, block, key = name.split(".")
    return _text("prisma/schema.prisma", f'{block} db {{\n  {key} = "{value}"\n}}\n')


def _nearly_property(rule: Rule) -> list[Part]:
    name, _, value = rule.argument.partition("=")
    if name == "packageManager":
        return [Part(keys={"packageManager": f"{value}x@1.2.3"})]
    if name == "engines":
        return [Part(keys={"engines": {f"{value}x": ">=1"}})]
    _, block, key = name.split(".")
    text = f'// {key} = "{value}"\ngenerator a {{\n  {key} = "{value}"\n}}\n'
    return [_text("prisma/schema.prisma", f'{text}{block} db {{\n  {key} = "{value}x"\n}}\n')]


def _variable(rule: Rule) -> Part:
    return _text(".env.example", f"{sample(rule.argument).replace('any', 'ANY')}=\n")


def _nearly_variable(rule: Rule) -> list[Part]:
    name = sample(rule.argument).replace("any", "ANY")
    return [
        _text(".env.example", f"# {name}=\nX{name}=\nOTHER={name}\n"),
        _text("tests/.env", f"{name}=\n"),
        _text("docs/example.env", f"{name}=\n"),
        _mentioned(f"{name}="),
    ]


_URL_NAMES = {"cache": "CACHE_URL", "database": "DATABASE_URL", "queue": "BROKER_URL"}


def _url(rule: Rule) -> Part:
    return _text(
        ".env.example", f"{_URL_NAMES[rule.field]}={rule.argument}://me:secret@host/name\n"
    )


def _nearly_url(rule: Rule) -> list[Part]:
    name = _URL_NAMES[rule.field]
    url = f"{rule.argument}://me:secret@host/name"
    return [
        _text(
            ".env.example",
            f"# {name}={url}\nHELP='such as {url}'\nTEST_URL={url}\n{name}=x{url}\nEXAMPLE={url}\n",
        ),
        _mentioned(url),
    ]


def _image(rule: Rule) -> Part:
    text = f"services:\n  one:\n    image: docker.io/library/{rule.argument}:1.2-alpine\n"
    return _text("compose.yaml", text)


def _nearly_image(rule: Rule) -> list[Part]:
    name = rule.argument
    text = (
        f"services:\n  {name}:\n    build: .\n    # image: {name}\n  two:\n    image: {name}x:1\n"
    )
    return [_text("compose.yaml", text), _mentioned(name, f"docker run {name}")]


def weak(rule: Rule) -> list[Part]:
    """Return what leaves a question open at most: the signal in what only tests or examples use."""
    part = made(rule)
    if rule.kind not in {"image", "url"}:
        return []
    (text,) = part.files.values()
    paths = {"image": "docker-compose.test.yml", "url": ".env.test"}
    return [
        _text(paths[rule.kind], text),
        *(_below(folder, part) for folder in ("tests", "examples/stack", "docs/stack")),
    ]


def _setting(rule: Rule) -> Part:
    name, _, value = rule.argument.partition("=")
    outer, _, key = name.rpartition(".")
    if outer:
        return _text("site/settings.py", f'{outer} = {{"default": {{"{key}": "{value}"}}}}\n')
    if key == "DEFAULT_AUTHENTICATION_CLASSES":
        return _text("site/settings.py", f'REST_FRAMEWORK = {{"{key}": ["{value}"]}}\n')
    return _text("site/settings.py", f'{key} = ["first", "{value or "any"}"]\n')


def _nearly_setting(rule: Rule) -> list[Part]:
    name, _, value = rule.argument.partition("=")
    key = name.rpartition(".")[2]
    said = f'{key} = ["first", "{value or "any"}"]\n'
    other = f'{key} = ["first", "{value}x"]\n' if value else f"X{key} = []\n"
    return [
        # The last assignment holds; a comment, a text and another module say nothing.
        _text("site/settings.py", f"# {said}TEXT = '''\n{said}'''\n{said if value else ''}{other}"),
        *_elsewhere(rule, "settings.py", said),
    ]


def _option(rule: Rule) -> Part:
    where, _, option = rule.argument.rpartition(":")
    key, _, value = option.partition("=")
    if where in {"config.json", "config/*"}:
        text = json.dumps({"production": {key: value}})
        return _text(sample(where.replace("*", "*.json") if "*" in where else where), text)
    if "*" in where:
        return _text(where.replace("*", "ts"), f"export default {{ {key}: '{value}' }};\n")
    code = f"import {{ make }} from '{where}';\nexport default make({{ {key}: '{value}' }});\n"
    return _text("src/data-source.ts", code)


def _nearly_option(rule: Rule) -> list[Part]:
    where, _, option = rule.argument.rpartition(":")
    key, _, value = option.partition("=")
    said = f"export default make({{ {key}: '{value}' }});\n"
    parts = [
        _text("src/form.ts", f"import {{ make }} from 'x{where.partition('.')[0]}';\n{said}"),
        _text("src/note.ts", f"// {key}: '{value}'\nconst text = `{key}: '{value}'`;\n"),
    ]
    if "*" in where or where == "config.json":
        return [*parts, _text(f"tests/{sample(where)}", said)]
    spoiled_one = (
        f"import {{ make }} from '{where}';\nmake({{ {key}: '{value}x', x: '{value}' }});\n"
    )
    return [*parts, _text("src/data-source.ts", spoiled_one), _text("tests/source.ts", said)]


_SUFFIXES = {"pypi": "py", "npm": "js", "maven": "java", "cargo": "rs", "go": "go"}


def _import(rule: Rule, name: str = "") -> Part:
    module = name or rule.argument
    suffix = _SUFFIXES[rule.ecosystem]
    path, mark, part = module.partition("#")
    lines = {
        "pypi": f"import {module}\n",
        "npm": f"import {{ {part} }} from '{path}';\n" if mark else f"import '{path}';\n",
        "maven": f"import {module};\n",
        "cargo": f"use {module}::any;\n",
        "go": f'import "{module}"\n',
    }
    return _text(f"src/part.{suffix}", lines[rule.ecosystem])


def _nearly_import(rule: Rule) -> list[Part]:
    suffix = _SUFFIXES[rule.ecosystem]
    line = _import(rule).files[f"src/part.{suffix}"]
    comment = f"# {line}" if suffix == "py" else f"// {line}"
    quotes = '"""' if suffix == "py" else "`"
    text = (
        f"text = {quotes}\n  {line}{quotes}\n" if suffix in {"py", "js"} else f"/*\n   {line}*/\n"
    )
    parts = [
        _import(rule, f"x{rule.argument}"),
        _text(f"src/notes.{suffix}", comment + text),
        _text(f"docs/example.{suffix}", line),
    ]
    return [*parts, *_elsewhere(rule, f"one.{suffix}", line)]


def _elsewhere(rule: Rule, name: str, text: str) -> list[Part]:
    """Return code in folders from which the field is not answered."""
    folders = ["docs/code", "tests/fixtures/code"]
    if rule.field != "framework":
        folders.append("examples/code")
    if rule.field != "test_runner":
        folders.append("tests")
    return [_text(f"{folder}/{name}", text) for folder in folders]


def _code(rule: Rule, *, spoil: bool = False) -> str:
    """Return source code that imports and calls what a rule is about, or what nearly has its name."""
    return _python(rule, spoil=spoil) if rule.ecosystem == "pypi" else _script(rule, spoil=spoil)


def _python(rule: Rule, *, spoil: bool) -> str:
    wanted = rule.argument.removeprefix("~")
    if found := re.fullmatch(r"(?:(\w+)\.)?(\w+)\[(\w+)\]=", wanted):
        # An assignment to a key: `flask.session[user]=`.
        owner = found[2] if found[1] != "request" else f"{found[1]}.{found[2]}"
        before = f"from {found[1]} import {found[2]}\n" if owner == found[2] else ""
        key = f"{found[3]}x" if spoil else found[3]
        return f"{before}\ndef one(request):\n    {owner}['{key}'] = request.id\n"
    if rule.argument.startswith("~"):
        return f"def one(self):\n    self.{wanted}{'x' if spoil else ''}()\n"
    parts = wanted.split(".")
    end = next((n for n, part in enumerate(parts) if part[:1].isupper()), len(parts) - 1)
    module, rest = ".".join(parts[:end]), ".".join(parts[end:])
    module = f"ours.{module}" if spoil else module
    name = parts[end]
    imported = f"from {module} import {name}\n" if module else ""
    return f"{imported}\n\ndef one():\n    return {rest}()\n"


def _script(rule: Rule, *, spoil: bool) -> str:
    if rule.argument.startswith("~"):
        wanted = rule.argument[1:]
        return (
            f"export function one() {{\n  return this.{wanted}{'x' if spoil else ''}({{}});\n}}\n"
        )
    module, _, name = rule.argument.partition("#")
    module = f"x{module}" if spoil else module
    top, dot, rest = name.partition(".")
    imported = "made" if top == "default" else f"{{ {top} }}"
    called = "made" if top == "default" else f"{top}{dot}{rest}"
    new = "new " if called[:1].isupper() and not dot else ""
    return f"import {imported} from '{module}';\n\nexport async function one() {{\n  return {new}{called}({{}});\n}}\n"


def _call(rule: Rule) -> Part:
    return _text(f"src/parts/one.{_SUFFIXES[rule.ecosystem]}", _code(rule))


def _nearly_call(rule: Rule) -> list[Part]:
    suffix = _SUFFIXES[rule.ecosystem]
    parts = [
        _text(f"src/parts/one.{suffix}", _code(rule, spoil=True)),
        _text(f"src/parts/notes.{suffix}", _as_text(rule)),
    ]
    return [*parts, *_elsewhere(rule, f"one.{suffix}", _code(rule))]


def _as_text(rule: Rule) -> str:
    code = _code(rule)
    if rule.ecosystem == "pypi":
        commented = "".join(f"# {line}\n" for line in code.splitlines())
        return f"'''\n{code}'''\n{commented}"
    commented = "".join(f"// {line}\n" for line in code.splitlines())
    return f"const text = `\n{code}`;\n{commented}/*\n{code}*/\n"


def _login(rule: Rule) -> Part:
    return _text(f"src/auth/login.{_SUFFIXES[rule.ecosystem]}", _code(rule))


def _nearly_login(rule: Rule) -> list[Part]:
    suffix = _SUFFIXES[rule.ecosystem]
    return [
        _text(f"src/auth/login.{suffix}", _code(rule, spoil=True)),
        # The same call where nobody signs in, and where the token is for something else.
        _text(f"src/parts/links.{suffix}", _code(rule)),
        _text(f"src/auth/webhook.{suffix}", _code(rule)),
        _text(f"tests/auth/login.{suffix}", _code(rule)),
    ]


def _command(rule: Rule) -> Part:
    if rule.argument.startswith("uses "):
        action = rule.argument.removeprefix("uses ")
        return _text(
            ".github/workflows/deploy.yml", f"jobs:\n  a:\n    steps:\n    - uses: {action}@v4\n"
        )
    return _text("Makefile", f"run:\n\t@cd . && NAME=1 {rule.argument}\n")


def _nearly_command(rule: Rule) -> list[Part]:
    if rule.argument.startswith("uses "):
        action = rule.argument.removeprefix("uses ")
        text = f"jobs:\n  a:\n    steps:\n    - uses: {action}x@v4\n    # - uses: {action}@v4\n"
        return [_text(".github/workflows/deploy.yml", text), _mentioned(action)]
    words = rule.argument.split()
    lines = [
        f"# {rule.argument}",
        f"echo {rule.argument}",
        f"echo '{rule.argument}'",
        " ".join([f"{words[0]}x", *words[1:]]),
        f"rm -f {rule.argument}",
        f"true # {rule.argument}",
    ]
    recipe = "".join(f"\t{line}\n" for line in lines)
    return [
        _text("Makefile", f"run:\n{recipe}"),
        _text("examples/one/Makefile", f"run:\n\t{rule.argument}\n"),
        _mentioned(rule.argument),
    ]


def _hook(rule: Rule) -> Part:
    text = f"repos:\n- repo: https://example.com/hooks\n  hooks:\n  - id: {rule.argument}\n"
    return _text(".pre-commit-config.yaml", text)


def _nearly_hook(rule: Rule) -> list[Part]:
    name = rule.argument
    text = f"repos:\n- repo: https://example.com/{name}\n  hooks:\n  - id: x{name}\n    name: {name}\n  # - id: {name}\n"
    return [_text(".pre-commit-config.yaml", text), _mentioned(name)]


_MADE: dict[str, Callable[[Rule], Part]] = {
    "call": _call,
    "command": _command,
    "dependency": _dependency,
    "file": _named_file,
    "hook": _hook,
    "image": _image,
    "import": _import,
    "lock": _named_file,
    "login": _login,
    "option": _option,
    "property": _property,
    "setting": _setting,
    "source": _source,
    "table": _table,
    "url": _url,
    "variable": _variable,
}
_NEARLY: dict[str, Callable[[Rule], list[Part]]] = {
    "call": _nearly_call,
    "command": _nearly_command,
    "dependency": _nearly_dependency,
    "file": _nearly_named_file,
    "hook": _nearly_hook,
    "image": _nearly_image,
    "import": _nearly_import,
    "lock": _nearly_named_file,
    "login": _nearly_login,
    "option": _nearly_option,
    "property": _nearly_property,
    "setting": _nearly_setting,
    "source": _nearly_source,
    "table": _nearly_table,
    "url": _nearly_url,
    "variable": _nearly_variable,
}
