"""Every path, package, setting, endpoint, sample and technology that a document names is real."""

from __future__ import annotations

import fnmatch
import json
import posixpath
import re
from typing import TYPE_CHECKING

from .commands import is_program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .document import Block, Document, Fault
    from .facts import Facts

_PATH = re.compile(r"@?[\w.*-]+(?:/[\w.*@-]+)*/?")
_EXTENSION = re.compile(
    r".+\.(py|md|toml|ya?ml|json|m?js|ts|sql|sh|txt|ini|cfg|example|lock|env|mako)|\.env"
)
_MEDIA_TYPE = re.compile(r"(application|text|image|multipart)/[\w.+*-]+")
_VERSION = r"v?(\d+(?:\.\d+)*)"
_SETTING = re.compile(r"(?<![\w$])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?![\w(])")
_ENDPOINT = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE|HEAD)\s+(/[\w/{}:.-]*)")
# Names of classes, and of functions or fields of two words and more.
_NAME = re.compile(r"\b(?:[A-Z]+[a-z]+[A-Z]\w*|_?[a-z]+(?:_[a-z0-9]+)+)\b")
_OF_LIBRARIES = {"autocommit_block", "batch_alter_table", "postgresql_concurrently"}
_OF_SERVERS = {"max_connections", "max_prepared_statements"}
_OF_PROVIDERS = {"raw_app_meta_data", "ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"}
# The resource that texts add as an example: true of it is what is true of its model.
_EXAMPLE = ((r"\bnotes\b", "items"), (r"\bNote(?=[A-Z]|\b)", "Item"))
_ROUTE = re.compile(r"/[\w{}:.-]+(?:/[\w{}:.-]+)*/?")
_LOCAL = r"http://(?:localhost|127\.0\.0\.1)(?::\d+)?"
# Another port is that of another server.
_URL_PATH = re.compile(r"http://(?:localhost|127\.0\.0\.1)(?::8000)?(/[\w/{}.-]*)")
_SHELL_VARIABLE = re.compile(r"^(\w+)=(\S+)$", re.MULTILINE)
_CURL_METHOD = re.compile(r"-X (\w+)")
_TREE_LINE = re.compile(r"( *)([\w.-]+)(/?)(?: .*)?")
# Languages of which every sample is cut from the project's own files.
_CODE = re.compile("py(thon)?|ts|typescript|js|javascript|sql|toml|ya?ml|prisma|docker(file)?|ini")


def claim_faults(facts: Facts, document: Document) -> Iterator[Fault]:
    """Yield a fault for each claim that the project's files do not bear out."""
    yield from _path_faults(facts, document)
    yield from _name_faults(facts, document)
    yield from _package_faults(facts, document)
    yield from _setting_faults(facts, document)
    yield from _endpoint_faults(facts, document)
    yield from _sample_faults(facts, document)
    yield from technology_faults(facts, document)


def _path_faults(facts: Facts, document: Document) -> Iterator[Fault]:
    for span in document.code:
        path = span.text.removeprefix("./").removeprefix("@")
        if span.text not in facts.packages and _looks_like_path(path) and not _exists(facts, path):
            yield document.fault(span.line, "path", f"there is no {path}")
    for span in document.links:
        target = span.text.partition("#")[0]
        if re.match(r"(https|mailto):", target) or not target:
            continue
        if re.match(_LOCAL, target):
            continue
        if re.match(r"[a-z]+:", target):
            yield document.fault(span.line, "path", f"{target} is no https address")
        elif not _exists(
            facts, posixpath.normpath(posixpath.join(posixpath.dirname(document.path), target))
        ):
            yield document.fault(span.line, "path", f"there is no {target}")


def _looks_like_path(text: str) -> bool:
    if not _PATH.fullmatch(text) or _MEDIA_TYPE.fullmatch(text) or not re.search("[A-Za-z]", text):
        return False
    if "/" in text:
        # 300/minute is a rate, 10.0.0.0/8 a network.
        return not text[0].isdigit()
    return _EXTENSION.fullmatch(text) is not None


def _exists(facts: Facts, path: str) -> bool:
    """Tell whether there is such a path; a part in capitals stands for any name."""
    path = _as_model(path.rstrip("/"))
    if path in facts.paths:
        return True
    if "/" not in path:
        return any(known.endswith(f"/{path}") for known in facts.paths)
    pattern = re.sub(r"(?<=/)[A-Z]{3,}(?=/|\.|$)", "*", path)
    return "*" in pattern and bool(fnmatch.filter(facts.paths, pattern))


def _as_model(text: str) -> str:
    for example, model in _EXAMPLE:
        text = re.sub(example, model, text)
    return text


def _name_faults(facts: Facts, document: Document) -> Iterator[Fault]:
    for span in document.code:
        if _looks_like_path(span.text) or is_program(span.text.split()[0]):
            continue
        for name in _NAME.findall(span.text):
            if _as_model(name) not in facts.words | _OF_LIBRARIES | _OF_SERVERS | _OF_PROVIDERS:
                yield document.fault(span.line, "name", f"{name} occurs in no file of the project")


def _package_faults(facts: Facts, document: Document) -> Iterator[Fault]:
    for line in document.lines():
        for name, version in re.findall(rf"`([\w@/.-]+)` {_VERSION}", line.text):
            lowest = facts.packages.get(name)
            if lowest is None:
                yield document.fault(line.line, "package", f"{name} is not in the manifest")
            elif not _is_line_of(version, lowest):
                yield document.fault(line.line, "package", f"{name} is {lowest}, not {version}")
        for technology in facts.chosen:
            known = [technology.version, *technology.packages.values()]
            for name in technology.names:
                for version in re.findall(
                    rf"(?<![\w`])\*{{0,2}}{re.escape(name)}\*{{0,2}} {_VERSION}", line.text
                ):
                    if not any(
                        _is_line_of(version, each) or _is_line_of(each, version)
                        for each in known
                        if each
                    ):
                        message = f"{name} is {' or '.join(filter(None, known))}, not {version}"
                        yield document.fault(line.line, "package", message)


def _is_line_of(line: str, version: str) -> bool:
    return f"{version}.".startswith(f"{line}.")


def _setting_faults(facts: Facts, document: Document) -> Iterator[Fault]:
    known = facts.settings | facts.constants | _OF_PROVIDERS
    for line in document.lines():
        for name in _SETTING.findall(line.text):
            if name not in known:
                yield document.fault(line.line, "setting", f"{name} is not in .env.example")


def _endpoint_faults(facts: Facts, document: Document) -> Iterator[Fault]:
    routes = {path for _, path in facts.endpoints}
    variables = dict(_SHELL_VARIABLE.findall(document.text))
    for line in document.lines():
        for method, path in _ENDPOINT.findall(line.text):
            if (method, path) not in facts.endpoints:
                yield document.fault(line.line, "endpoint", f"there is no {method} {path}")
        request = line.text
        for name, value in variables.items():
            request = request.replace(f"${name}", value)
        for path in _URL_PATH.findall(request):
            method = _CURL_METHOD.search(request)
            if "curl" in request and (method[1] if method else "GET", path) not in facts.endpoints:
                message = f"there is no {method[1] if method else 'GET'} {path}"
                yield document.fault(line.line, "endpoint", message)
            elif not any(_below(route, path) for route in routes):
                yield document.fault(line.line, "endpoint", f"there is no {path}")
    for span in document.code:
        if _ROUTE.fullmatch(span.text) and not any(_below(route, span.text) for route in routes):
            yield document.fault(span.line, "endpoint", f"there is no {span.text}")


def _below(route: str, path: str) -> bool:
    return f"{route}/".startswith(f"{path.rstrip('/')}/")


def _sample_faults(facts: Facts, document: Document) -> Iterator[Fault]:
    for block in document.blocks:
        if block.language == "json":
            try:
                json.loads(block.text)
            except ValueError as error:
                yield document.fault(block.line, "sample", f"is no JSON: {error}")
        elif _CODE.fullmatch(block.language) and not _is_cut(facts, block):
            yield document.fault(block.line, "sample", "is not cut from a file of the project")
        elif not block.language:
            yield from _tree_faults(facts, document, block)


def _tree_faults(facts: Facts, document: Document, block: Block) -> Iterator[Fault]:
    """Check a block without a language: a tree of files, two spaces a level."""
    folders: list[str] = []
    for line in block.lines():
        item = _TREE_LINE.fullmatch(line.text)
        if item is None:
            yield document.fault(line.line, "sample", "names no language and is no tree of files")
            return
        folders = folders[: len(item[1]) // 2]
        path = "/".join((*folders, item[2]))
        if path not in facts.paths:
            yield document.fault(line.line, "path", f"there is no {path}")
        if item[3]:
            folders.append(item[2])


def _is_cut(facts: Facts, block: Block) -> bool:
    """Tell whether the lines stand together in one file, whatever their indentation there."""
    wanted = "\n".join(line.strip() for line in block.text.strip().splitlines())
    return any(
        f"\n{wanted}\n" in "\n" + "\n".join(line.strip() for line in text.splitlines()) + "\n"
        for path, text in facts.files.items()
        if not path.endswith(".md")
    )


def technology_faults(facts: Facts, document: Document) -> Iterator[Fault]:
    """Yield a fault for each technology that is named and not part of the project."""
    for line in document.lines():
        for technology in facts.foreign:
            for name in technology.names:
                if name in line.text and re.search(
                    rf"(?<![\w.@/-]){re.escape(name)}(?![\w-]|\.\w)", line.text
                ):
                    yield document.fault(
                        line.line, "technology", f"{name} is not part of this project"
                    )
