"""From files to facts: which reader reads which file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..facts import Facts
from ..tree import name_of, parent
from . import automation, configuration, npm_manifests, other_manifests, python_manifests
from .sources import Sources

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..tree import Tree

    Reader = Callable[[Facts, str, str], None]

MAX_OF_A_KIND = 400
"""Files that one reader reads: a repository has no more manifests that matter."""
MAX_TEXT = 250_000
"""Characters of a file that a person wrote and a reader takes apart."""
MAX_TEXTS = 20_000_000
"""Characters of all of them."""
MAX_FACTS = 4_000
"""Facts of one kind that one file states."""

_BY_NAME: tuple[tuple[str, tuple[Reader, ...]], ...] = (
    (r"pyproject\.toml", (python_manifests.read_pyproject, automation.read_python_tasks)),
    (r"Pipfile", (python_manifests.read_pipfile, automation.read_python_tasks)),
    (r"setup\.cfg", (python_manifests.read_setup_cfg,)),
    (r"setup\.py", (python_manifests.read_setup_py,)),
    (r"(environment|conda)[\w.-]*\.ya?ml", (python_manifests.read_conda,)),
    (r"package\.json", (npm_manifests.read_package_json, automation.read_package_tasks)),
    (r"pnpm-workspace\.ya?ml", (npm_manifests.read_pnpm_workspace,)),
    (r"lerna\.json", (npm_manifests.read_lerna,)),
    (r"deno\.jsonc?", (npm_manifests.read_deno,)),
    (r"project\.json", (npm_manifests.read_nx_project,)),
    (
        r"composer\.json|mix\.exs|config\.ru|[\w.-]+\.(csproj|fsproj|sln)",
        (other_manifests.read_other,),
    ),
    (r"Gemfile", (other_manifests.read_gemfile,)),
    (r"go\.mod", (other_manifests.read_go_mod,)),
    (r"Cargo\.toml", (other_manifests.read_cargo,)),
    (r"pom\.xml", (other_manifests.read_pom,)),
    (r"build\.gradle(\.kts)?", (other_manifests.read_gradle,)),
    (r"libs\.versions\.toml", (other_manifests.read_version_catalog,)),
    (r"pubspec\.ya?ml", (other_manifests.read_pubspec,)),
    (r"Package\.swift", (other_manifests.read_swift_package,)),
    (r"\.?env(rc)?([._-][\w.-]+)?|[\w.-]+\.env([._-][\w-]+)*", (configuration.read_dotenv,)),
    (
        r"(docker-)?compose[\w.-]*\.ya?ml(\.\w+)?|docker-compose[\w.-]*\.ya?ml",
        (configuration.read_compose,),
    ),
    (r"alembic\.ini|\.flake8|pytest\.ini|mypy\.ini|\.pylintrc|pylintrc", (configuration.read_ini,)),
    (r"tox\.ini", (configuration.read_ini, automation.read_tox)),
    (r"[\w.-]+\.prisma", (configuration.read_prisma,)),
    (
        r"ormconfig\.json|config\.json|default\.json|production\.json|development\.json|database\.json",
        (configuration.read_json_config,),
    ),
    (r"\.pre-commit-config\.ya?ml", (configuration.read_pre_commit,)),
    (r"wrangler\.(toml|jsonc?)", (configuration.read_wrangler,)),
    (r"application[\w-]*\.properties", (configuration.read_properties,)),
    (
        r"(application|config|settings)[\w.-]*\.ya?ml(\.\w+)?",
        (configuration.read_application_yaml,),
    ),
    (r"(GNU)?[Mm]akefile|[\w-]+\.mk", (automation.read_makefile,)),
    (r"\.?[Jj]ustfile|JUSTFILE|[\w-]+\.just", (automation.read_justfile,)),
    (r"[Tt]askfile(\.dist)?\.ya?ml", (automation.read_taskfile,)),
    (
        r"(\.gitlab-ci|\.travis|azure-pipelines|bitbucket-pipelines|appveyor|\.appveyor|\.drone|\.woodpecker|cloudbuild|buildspec|render|heroku)\.ya?ml",
        (automation.read_pipeline,),
    ),
    (r"(.+\.)?[Dd]ockerfile(\..+)?|[Cc]ontainerfile", (automation.read_dockerfile,)),
    (r"Procfile([.\w-]*)?", (automation.read_procfile,)),
    (r"noxfile\.py|tasks\.py", (automation.read_python_runner,)),
    (r"\.?lefthook\.ya?ml", (automation.read_lefthook,)),
    (
        r"vercel\.json|netlify\.toml|railway\.(json|toml)|fly\.toml|nixpacks\.toml",
        (automation.read_platform,),
    ),
    (r"[\w.-]+\.sh", (automation.read_script,)),
)
_BY_FOLDER: tuple[tuple[str, str, Reader], ...] = (
    (r"(.*/)?\.github/workflows", r".+\.ya?ml", automation.read_pipeline),
    (r"(.*/)?\.(gitea|forgejo)/workflows", r".+\.ya?ml", automation.read_pipeline),
    (r"(.*/)?\.github/actions(/.*)?", r"action\.ya?ml", automation.read_pipeline),
    (r"(.*/)?\.circleci", r"config\.ya?ml", automation.read_pipeline),
    (r"(.*/)?\.husky", r"[\w-]+", automation.read_script),
    (r"(.*/)?(bin|scripts?)", r"[\w-]+", automation.read_script),
)
_ANY_NAME = re.compile("|".join(pattern for pattern, _ in _BY_NAME))
ALL_READERS = frozenset(
    [reader for _, readers in _BY_NAME for reader in readers]
    + [reader for _, _, reader in _BY_FOLDER]
)
_NAMES = [(re.compile(pattern), readers) for pattern, readers in _BY_NAME]
_FOLDERS = [(re.compile(folder), re.compile(name), reader) for folder, name, reader in _BY_FOLDER]
_CONFIG_FOLDERS = frozenset({"config", "configs", "conf"})
_TELLING_FOLDERS = _CONFIG_FOLDERS | {
    "workflows",
    ".circleci",
    ".husky",
    "bin",
    "script",
    "scripts",
}


def read_facts(tree: Tree) -> Facts:
    """Read every file whose name says what is in it; source code comes later."""
    facts = Facts(tree)
    requirement_files: dict[str, str] = {}
    counts: dict[str, int] = {}
    left = MAX_TEXTS
    for path in tree.files:
        is_requirements = python_manifests.is_requirement_file(path)
        readers = readers_of(path)
        if not readers and not is_requirements:
            continue
        kind = readers[0].__name__ if readers else "requirements"
        counts[kind] = counts.get(kind, 0) + 1
        if counts[kind] > MAX_OF_A_KIND:
            if counts[kind] == MAX_OF_A_KIND + 1:
                tree.limits.append(
                    f"more than {MAX_OF_A_KIND} files like {path}, the rest not read"
                )
            continue
        text = tree.text(path)
        if text is None:
            if readers:
                facts.broken.append(path)
            continue
        left -= len(text)
        if left < 0:
            tree.limits.append(f"more than {MAX_TEXTS:,} characters of settings, the rest not read")
            break
        if is_requirements:
            requirement_files[path] = text
        if readers and len(text) > MAX_TEXT:
            tree.limits.append(f"{path} has more than {MAX_TEXT:,} characters, not read")
            facts.broken.append(path)
            continue
        lengths = {name: len(listed) for name, listed in _lists(facts)}
        for reader in readers:
            try:
                reader(facts, path, text)
            except Exception as error:
                tree.limits.append(f"{path} not understood ({type(error).__name__})")
        for name, listed in _lists(facts):
            if len(listed) > lengths[name] + MAX_FACTS:
                del listed[lengths[name] + MAX_FACTS :]
                tree.limits.append(f"{path} has more than {MAX_FACTS:,} {name}, the rest not used")
    python_manifests.read_requirements(facts, requirement_files)
    return facts


def _lists(facts: Facts) -> list[tuple[str, list[Any]]]:
    return [(name, value) for name, value in vars(facts).items() if isinstance(value, list)]


def readers_of(path: str) -> tuple[Reader, ...]:
    """Return the readers of a file, which its name and its folder tell."""
    name = name_of(path)
    if automation.read_pipeline in (of_folder := _readers_of_folder(path, name)):
        # Where it stands says more than its name: .circleci/config.yml.
        return of_folder
    if _ANY_NAME.fullmatch(name):
        return next(readers for pattern, readers in _NAMES if pattern.fullmatch(name))
    return of_folder


def _readers_of_folder(path: str, name: str) -> tuple[Reader, ...]:
    folder = parent(path)
    if name_of(folder) not in _TELLING_FOLDERS and ".github/actions" not in folder:
        return ()
    if name_of(folder) in _CONFIG_FOLDERS and name.endswith(".json"):
        return (configuration.read_json_config,)
    return tuple(
        reader
        for folders, names, reader in _FOLDERS
        if folders.fullmatch(folder) and names.fullmatch(name)
    )


__all__ = ["ALL_READERS", "Sources", "read_facts", "readers_of"]
