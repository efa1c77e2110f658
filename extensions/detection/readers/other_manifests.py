"""What projects in Go, Rust, Java, Kotlin, Swift and Dart depend on."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from ..facts import Dependency, Facts, Manifest, Scope
from ..formats.data import MAX_ENTRIES, line_at, line_of, mapping, parse_toml, parse_xml, parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

_CODE_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_QUOTED = re.compile(r"""["']([^"'\n]+)["']""")
_COORDINATES = re.compile(r"([\w.-]+:[\w.-]+)(?::([\w.$-]+))?")
_PLUGIN = re.compile(r"\b(?:id|kotlin|alias)\b\W*([\w.-]+)")
_RUBY_FRAMEWORK = re.compile(
    r"""^[ \t]*gem(?:[ \t]+|[ \t]*\([ \t]*)["'](rails|sinatra|hanami|grape|roda)["']""",
    re.MULTILINE,
)
_SWIFT_PACKAGE = re.compile(r"""\.package\s*\([^)]{0,500}?url:\s*"([^"]+)\"""")


def read_other(facts: Facts, path: str, text: str) -> None:
    """Note that a project is in a language that no rule is about."""
    if text.strip():
        facts.manifests.append(Manifest(path, 1, "other"))


def read_gemfile(facts: Facts, path: str, text: str) -> None:
    """Note that a project is a web application in Ruby; others have a Gemfile for a tool only."""
    if _RUBY_FRAMEWORK.search(text):
        read_other(facts, path, text)


def read_go_mod(facts: Facts, path: str, text: str) -> None:
    """Read go.mod; what is only there for others says so ("// indirect")."""
    facts.manifests.append(Manifest(path, 1, "go"))
    for number, line in enumerate(text.split("\n"), start=1):
        entry, _, comment = line.partition("//")
        words = entry.removeprefix("require").split()
        # A module is named by the host that it comes from, and followed by its version only.
        if len(words) != 2 or "." not in words[0] or not words[1].startswith("v"):
            continue
        if "indirect" not in comment:
            name = re.sub(r"/v\d+$", "", words[0])
            facts.dependencies.append(Dependency(path, number, "go", name, Scope.RUNTIME, words[1]))


def read_cargo(facts: Facts, path: str, text: str) -> None:
    """Read Cargo.toml."""
    data = parse_toml(text)
    if data is None:
        facts.broken.append(path)
        return
    package = mapping(data.get("package"))
    facts.manifests.append(
        Manifest(
            path,
            1,
            "cargo",
            name=str(package.get("name", "")),
            full=bool(package),
            library="lib" in data,
        )
    )
    scopes = {
        "dependencies": Scope.RUNTIME,
        "dev-dependencies": Scope.DEVELOPMENT,
        "build-dependencies": Scope.DEVELOPMENT,
    }
    tables = [(data, key) for key in scopes] + [(mapping(data.get("workspace")), "dependencies")]
    for holder, key in tables:
        for name in mapping(holder.get(key)):
            line = line_of(text, f"{key}]", name)
            facts.dependencies.append(Dependency(path, line, "cargo", name, scopes[key]))


def read_pom(facts: Facts, path: str, text: str) -> None:
    """Read pom.xml: the parent, dependencies and plugins."""
    root = parse_xml(text)
    if root is None:
        facts.broken.append(path)
        return
    facts.manifests.append(Manifest(path, 1, "maven", name=_child(root, "artifactId")))
    listed = (each for each in root.iter() if each.tag in {"dependency", "parent", "plugin"})
    for element in islice(listed, MAX_ENTRIES):
        artifact = _child(element, "artifactId")
        name = f"{_child(element, 'groupId')}:{artifact}"
        scope = Scope.DEVELOPMENT if _child(element, "scope") == "test" else Scope.RUNTIME
        line = line_of(text, f"<artifactId>{artifact}<")
        facts.dependencies.append(Dependency(path, line, "maven", name, scope))


def _child(element: Element, name: str) -> str:
    return (element.findtext(name) or "").strip()


def read_gradle(facts: Facts, path: str, text: str) -> None:
    """Read build.gradle and build.gradle.kts: the coordinates in quotes, and the plugins."""
    facts.manifests.append(Manifest(path, 1, "maven"))
    for number, line in enumerate(_without_comments(text).split("\n"), start=1):
        scope = Scope.DEVELOPMENT if line.strip().startswith("test") else Scope.RUNTIME
        for name in _gradle_names(line):
            facts.dependencies.append(Dependency(path, number, "maven", name, scope))


def _gradle_names(line: str) -> Iterator[str]:
    for quoted in _QUOTED.findall(line):
        if found := _COORDINATES.fullmatch(quoted):
            yield found[1]
    if found := _PLUGIN.search(line):
        yield f"plugin:{found[1]}"


def _without_comments(text: str) -> str:
    return _CODE_COMMENT.sub(
        lambda found: "\n" * found[0].count("\n") if "://" not in found[0] else found[0], text
    )


def read_version_catalog(facts: Facts, path: str, text: str) -> None:
    """Read gradle/libs.versions.toml."""
    data = parse_toml(text)
    for value in mapping(mapping(data).get("libraries")).values():
        details = mapping(value)
        name = details.get("module") or f"{details.get('group', '')}:{details.get('name', '')}"
        if isinstance(value, str):
            name = value.rpartition(":")[0]
        facts.dependencies.append(
            Dependency(path, line_of(text, str(name)), "maven", str(name), Scope.RUNTIME)
        )


def read_pubspec(facts: Facts, path: str, text: str) -> None:
    """Read pubspec.yaml of Dart."""
    data = mapping(parse_yaml(text))
    facts.manifests.append(Manifest(path, 1, "pub", name=str(data.get("name", ""))))
    for key, scope in (("dependencies", Scope.RUNTIME), ("dev_dependencies", Scope.DEVELOPMENT)):
        for name in mapping(data.get(key)):
            line = line_of(text, f"{key}:", f"{name}:")
            facts.dependencies.append(Dependency(path, line, "pub", name, scope))


def read_swift_package(facts: Facts, path: str, text: str) -> None:
    """Read Package.swift: the addresses of packages."""
    facts.manifests.append(Manifest(path, 1, "swift"))
    code = _without_comments(text)
    for found in _SWIFT_PACKAGE.finditer(code):
        name = found[1].removesuffix(".git").partition("://")[2].lower()
        line = line_at(code, found.start(1))
        facts.dependencies.append(Dependency(path, line, "swift", name, Scope.RUNTIME))
