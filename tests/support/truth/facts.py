"""What is true of a rendered project, read from its files."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from copier_backend.registry import Technology

# What a project makes for itself after it was rendered.
GENERATED = frozenset({".env", ".data", ".venv", "uv.lock", ".coverage", "node_modules"})
_DOCUMENTS = (".md", ".mdc")
_CONSTANT = re.compile(r"^\s*([A-Z][A-Z0-9_]*)\b *(?::[^=\n]*)?[=:]", re.MULTILINE)


@dataclass(frozen=True)
class Facts:
    """One rendered project; ``foreign`` are the technologies of the registry that it lacks."""

    folder: Path
    chosen: Sequence[Technology] = ()
    foreign: Sequence[Technology] = ()

    @cached_property
    def files(self) -> dict[str, str]:
        """Return the text of every file by its path; caches and binaries are left out."""
        texts = {}
        for path in sorted(self.folder.rglob("*")):
            name = path.relative_to(self.folder).as_posix()
            if path.is_file() and not re.search(
                r"(^|/)(\.venv|\.git|\.data|[.\w]*cache(__)?)/", name
            ):
                texts[name] = path.read_text(encoding="utf-8")
        return texts

    @cached_property
    def paths(self) -> set[str]:
        """Return every file and folder."""
        folders = {
            "/".join(path.split("/")[:n]) for path in self.files for n in range(path.count("/") + 1)
        }
        return {*self.files, *folders, *GENERATED, *self._built} - {""}

    @cached_property
    def _built(self) -> set[str]:
        """Return what the script ``build`` makes of the TypeScript of the project."""
        if "build" not in self.scripts:
            return set()
        modules = {path for path in self.files if re.fullmatch(r"src/.+\.ts", path)}
        return {"dist"} | {re.sub(r"^src(/.+)\.ts$", r"dist\1.js", path) for path in modules}

    @cached_property
    def manifest(self) -> dict[str, Any]:
        return tomllib.loads(self.files.get("pyproject.toml", ""))

    @cached_property
    def node_manifest(self) -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads(self.files.get("package.json", "{}"))
        return manifest

    @cached_property
    def tasks(self) -> dict[str, Any]:
        """Return the tasks of ``uv run poe``."""
        tasks: dict[str, Any] = self.manifest.get("tool", {}).get("poe", {}).get("tasks", {})
        return tasks

    @cached_property
    def scripts(self) -> dict[str, str]:
        """Return the tasks of ``npm run``."""
        scripts: dict[str, str] = self.node_manifest.get("scripts", {})
        return scripts

    @cached_property
    def packages(self) -> dict[str, str]:
        """Return the lowest version of every package that a manifest asks for."""
        groups = self.manifest.get("dependency-groups", {}).values()
        listed = self.manifest.get("project", {}).get("dependencies", [])
        wanted = [
            Requirement(text) for text in (*listed, *(text for group in groups for text in group))
        ]
        python = {each.name: _lowest(each) for each in wanted}
        node = {
            name: version.lstrip("^~>=")
            for kind in ("dependencies", "devDependencies")
            for name, version in self.node_manifest.get(kind, {}).items()
        }
        return {**python, **node}

    @cached_property
    def settings(self) -> set[str]:
        """Return every name that `.env.example` explains, commented out or not."""
        text = self.files.get(".env.example", "")
        return set(re.findall(r"^(?:# ?)?([A-Z][A-Z0-9_]*)=", text, re.MULTILINE))

    @cached_property
    def constants(self) -> set[str]:
        """Return the names in capitals that the code and the configuration define."""
        return {
            name
            for path, text in self.files.items()
            if not path.endswith(_DOCUMENTS)
            for name in _CONSTANT.findall(text)
        }

    @cached_property
    def words(self) -> set[str]:
        """Return every word of the code and the configuration."""
        return {
            word
            for path, text in self.files.items()
            if not path.endswith(_DOCUMENTS)
            for word in re.findall(r"\w+", text)
        }

    @cached_property
    def endpoints(self) -> set[tuple[str, str]]:
        """Return method and path of all that the API's document lists, and of what serves it."""
        document = json.loads(self.files.get("openapi.json", '{"paths": {}}'))
        listed = {
            (method.upper(), path) for path, item in document["paths"].items() for method in item
        }
        code = "\n".join(text for path, text in self.files.items() if path.endswith((".py", ".ts")))
        operation = re.findall(r"""["'](/(?:health/\w+|metrics|docs|openapi\.json))["']""", code)
        return listed | {("GET", path) for path in operation}

    def source(self, module: str) -> str:
        """Return the text of a Python module of the project, or an empty string."""
        name = module.replace(".", "/")
        for path in (f"{name}.py", f"{name}/__main__.py"):
            if path in self.files:
                return self.files[path]
        return ""


def _lowest(wanted: Requirement) -> str:
    return next((each.version for each in wanted.specifier if each.operator in {">=", "=="}), "")
