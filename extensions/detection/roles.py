"""What a file is for, as its path tells: an application's own code, tests, examples, documentation.

Every rule about the meaning of folder names is here.
"""

from __future__ import annotations

import enum
import functools
import re


class Role(enum.IntEnum):
    """What a file is for. Only ``MAIN`` speaks for the application itself."""

    MAIN = 0
    TOOL = 1
    TEST = 2
    EXAMPLE = 3
    DOCS = 4
    FIXTURE = 5
    """What tests work on: whole projects of other people, as far as anybody can tell."""


FOREIGN = frozenset({Role.EXAMPLE, Role.DOCS, Role.FIXTURE})
"""What says nothing about the project itself, not even with which tools it is developed."""


_FOLDERS = {
    Role.FIXTURE: re.compile(r"_{0,2}fixtures?_{0,2}|test[-_]?data|.+[-_.]fixtures"),
    Role.TEST: re.compile(
        r"_{0,2}(tests?|mocks?|specs?)_{0,2}|e2e|testing|cypress|playwright"
        r"|tests?[-_.].+|.+[-_.](tests?|e2e|specs?)|testproject|testapp|loadtests?|acceptance"
        r"|integration[-_]?tests?|unit[-_]?tests?|mock[-_].+|.+[-_]mocks?"
    ),
    Role.DOCS: re.compile(
        r"docs?|documentation|docs?[-_].+|.+[-_]docs?|tutorials?|.*\bstorybook\b.*"
    ),
    Role.EXAMPLE: re.compile(
        r"examples?|samples?|demos?|sandbox|playgrounds?|bench(mark)?s?|starters?|quickstarts?|cookbooks?"
        r"|examples?[-_].+|.+-(examples?|samples?|demos?|benchmarks?|playground)|project_template"
        r"|.*\{\{.*|boilerplates?|cookiecutters?|code[-_]templates|templates?|skeletons?|_templates"
    ),
    Role.TOOL: re.compile(
        r"scripts?|tools?|tooling|hack|dev|contrib|ci|misc|\.github|\.devcontainer|\.circleci"
        r"|\.gitlab|\.husky|plop.*|generators?"
    ),
}
_TEST_FILE = re.compile(
    r"test_.*\.py|.*_tests?\.(py|go|rs)|tests?\.py|conftest\.py|factories\.py"
    r"|.*[.-](test|tests|spec|e2e|e2e-spec|cy|stories|fixture|mock)\.[cm]?[jt]sx?|.*Tests?\.(java|kt|swift)"
)
# In which environment settings hold. Those of production say most about the application.
_ENVIRONMENTS = (
    ("test", re.compile(r"tests?|testing|ci|pytest|unittest|jest|e2e")),
    ("production", re.compile(r"prod|production|live|heroku|deploy|deployment|aws|release")),
    (
        "development",
        re.compile(r"dev|develop|development|local|debug|example|sample|staging|override"),
    ),
)
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


@functools.cache
def role(path: str) -> Role:
    """Return what a file is for; the strongest reason not to be the application's wins."""
    *folders, name = path.split("/")
    roles = {_folder_role(folder.lower()) for folder in folders}
    if _TEST_FILE.fullmatch(name):
        roles.add(Role.TEST)
    return max(roles, default=Role.MAIN)


@functools.cache
def _folder_role(folder: str) -> Role:
    return next((role for role, names in _FOLDERS.items() if names.fullmatch(folder)), Role.MAIN)


@functools.cache
def environment(name: str) -> str:
    """Return the environment that a name stands for: test, production, development or "" for all.

    >>> environment("ProdConfig"), environment("docker-compose.test.yml"), environment("base.py")
    ('production', 'test', '')
    """
    words = [word.lower() for word in _WORDS.findall(name)]
    for kind, pattern in _ENVIRONMENTS:
        if any(pattern.fullmatch(word) for word in words):
            return kind
    return ""
