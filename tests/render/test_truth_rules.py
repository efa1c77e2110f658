"""The checker reports what is false: each rule has a document that breaks it, and a near miss."""

from __future__ import annotations

from pathlib import Path

import pytest
from copier_backend.registry import Technology, load_registry

from tests.support.render import ROOT
from tests.support.truth import Facts, document_faults, project_faults
from tests.support.truth.leaks import leak_faults

SEEDS = ROOT.parent / "shared" / "seeds"
ANSWERS = {"framework": "fastapi", "database": "postgres", "auth": "local"}
AGENT = ".claude/agents/backend-engineer.md"

PROJECT = {
    ".env.example": "# DATABASE_URL=postgresql://localhost/orders\nAPP_ENV=production\nPORT=8000\n",
    "README.md": "# Orders\n",
    "app/__init__.py": "",
    "compose.yaml": "services:\n  service:\n    image: orders\n",
    "app/commands/user.py": 'tasks = parser.add_subparsers()\n_ = ("create", "--role")\n',
    "app/health.py": '@router.get("/health/live")\n',
    "app/items/repository.py": "class ItemRepository:\n    def page_of(self) -> int:\n        return 1\n",
    "app/settings.py": "EX_CONFIG = 78\n",
    "openapi.json": '{"paths": {"/api/v1/items": {"get": {}}, "/api/v1/items/{id}": {"get": {}}}}',
    "pyproject.toml": """
[project]
dependencies = ["fastapi>=0.165.2,<0.166"]
[dependency-groups]
dev = ["pytest>=9.2,<10"]
[tool.poe.tasks]
test = "pytest"
user = { cmd = "python -m app.commands.user" }
""",
}


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    """Return a small project whose documents the tests write."""
    for name, text in PROJECT.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    registry = load_registry(ROOT / "technologies")
    return Facts(tmp_path, *_divided(registry))


def _divided(registry: dict[str, Technology]) -> tuple[list[Technology], list[Technology]]:
    chosen = [each for each in registry.values() if each.belongs_to(ANSWERS)]
    return chosen, [each for each in registry.values() if each not in chosen]


def _reported(facts: Facts, text: str, path: str = "AGENTS.md") -> list[str]:
    return [f"{fault.rule}: {fault.message}" for fault in document_faults(facts, path, text)]


def _shell(*lines: str) -> str:
    return "\n".join(("```sh", *lines, "```"))


TRUE = [
    _shell("uv run poe test  # all", "APP_ENV=test uv run poe user create EMAIL --role admin"),
    _shell("uv sync && uv run pytest app/items | tail -1", "cp .env.example .env"),
    _shell('uv run pytest -k "items"', "uv run --frozen pytest -q app/items"),
    _shell("curl http://127.0.0.1:8000/api/v1/items"),
    _shell("uvx --with x copier update --trust", "uv run poe"),
    _shell("docker compose exec service python -m app.commands.user create EMAIL"),
    _shell("docker compose --file compose.yaml up", "curl http://localhost:8080/realms/orders"),
    _shell("api=http://localhost:8000/api/v1", 'curl -H "Accept: *" $api/items'),
    "```\napp/\n  items/   a feature\n    repository.py\n  settings.py\nREADME.md\n```",
    "Copy `app/items` to `app/notes`, with a `NoteRepository` in `app/notes/repository.py`",
    "<http://127.0.0.1:8000/health/live>",
    "`uv run poe test` and `pytest`, `app/items/`, `repository.py`, `.data/`, `app/NAME/repository.py`",
    "[code](app/settings.py) and [docs](https://fastapi.tiangolo.com/)",
    "`fastapi` 0.165, FastAPI 0.165, PostgreSQL 18, Python 3.12",
    "`DATABASE_URL`, `PORT` and EX_CONFIG",
    "`GET /api/v1/items/{id}`, `GET /health/live`, `/api/v1`",
    "`ItemRepository` has `page_of()`; 300/minute is `300/minute`, a body `application/json`",
    "```python\ndef page_of(self) -> int:\n    return 1\n```",
    '```json\n{"a": 1}\n```',
    "Express it in one clerk-like sentence; a drizzle of uvulas.",
]


@pytest.mark.parametrize("text", TRUE)
def test_true_statements_pass(facts: Facts, text: str) -> None:
    assert _reported(facts, text) == []


FALSE = [
    ("command: uv run poe lint: no such task", _shell("uv run poe lint")),
    ("command: uv run poe lint: no such task", "Run `uv run poe lint` first."),
    ("does not take --admin", _shell("uv run poe user create EMAIL --admin")),
    ("does not take remove", _shell("uv run poe user remove EMAIL")),
    ("there is no scripts/load.py", _shell("uv run python scripts/load.py [options]")),
    ("there is no tests/test_load.py", _shell("uv run pytest tests/test_load.py::test_it")),
    ("no module app.load", _shell("uv run python -m app.load")),
    ("there is no package.json", _shell("npm run dev")),
    ("there is no Dockerfile", _shell("docker build .")),
    ("black is not in the manifest", _shell("uv run black .")),
    ("the project has no such program", _shell("true; kubectl apply -f k8s")),
    ("there is no app/users/", "See `app/users/`."),
    ("there is no app/NAME/service.py", "Write `app/NAME/service.py`."),
    ("there is no references/security.md", "[security](references/security.md)"),
    ("http://example.com is no https address", "[docs](http://example.com)"),
    ("name: OrderRepository occurs in no file", "Use `OrderRepository`."),
    ("name: list_of occurs in no file", "Use `list_of()`."),
    ("requests is not in the manifest", "`requests` 2.32"),
    ("fastapi is 0.165.2, not 0.115", "`fastapi` 0.115"),
    ("FastAPI is 0.165, not 0.115", "Written for FastAPI 0.115."),
    ("PostgreSQL is 18 or 0.32 or 0.6, not 15", "Needs PostgreSQL 15"),
    ("setting: REDIS_URL is not in .env.example", "Set REDIS_URL."),
    ("there is no DELETE /api/v1/items", "`DELETE /api/v1/items`"),
    ("there is no /api/v2", "All under `/api/v2`."),
    ("there is no GET /items", _shell("curl http://localhost:8000/items")),
    ("sample: is not cut from a file", "```python\ndef page_of(self) -> str: ...\n```"),
    ("sample: is no JSON", "```json\n{a: 1}\n```"),
    ("sample: names no language", "```\n{ x }\n```"),
    ("there is no app/items/service.py", "```\napp/\n  items/\n    service.py\n```"),
    ("there is no app/orders", "Copy `app/items` to `app/orders`."),
    ("there is no app/notes/service.py", "Write `app/notes/service.py`."),
    ("there is no compose.dev.yaml", _shell("docker compose --file compose.dev.yaml up")),
    ("compose.yaml has no service web", _shell("docker compose exec web true")),
    ("not a program that this project needs", _shell("uvx cowsay")),
    (
        "there is no POST /api/v1/items",
        _shell("a=http://localhost/api", "curl -X POST $a/v1/items"),
    ),
    ("technology: Django is not part", "Unlike Django, ..."),
    ("technology: SQLite is not part", "| SQLite | no |"),
    ("technology: Auth0 is not part", "---\nname: x\ndescription: for Auth0\n---\n"),
    ("technology: Express.js is not part", "Unlike Express.js."),
    ("length: 201 lines, at most 200", "line\n" * 201),
    ("generic: 'best practices'", "Follow best practices."),
    ("there is no agent test-engineer", "Tests (delegate to test-engineer)"),
    ("there is no skill security-rules", "Load these skills:\n- `security-rules` - input"),
    ("there is no skill trpc", "## Skills\n\n### API\n- **trpc** - types"),
    ("there is no docs/RULES.md to import", "@docs/RULES.md"),
    ("front matter: cannot be read", "---\nname: a: b\n---\n"),
]


@pytest.mark.parametrize(("fault", "text"), FALSE)
def test_false_statements_are_reported(facts: Facts, fault: str, text: str) -> None:
    assert any(fault in reported for reported in _reported(facts, text))


GOOD_AGENT = (
    "---\nname: backend-engineer\ndescription: Use it.\ntools: Read, Bash\ncolor: blue\n---\n"
)


def test_good_front_matter_passes(facts: Facts) -> None:
    assert _reported(facts, GOOD_AGENT, AGENT) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("---\n", "", "is missing"),
        ("name: backend-engineer", "name: Backend", "name differs"),
        ("description: Use it.", "description: |\n  Use\n  it.", "description: one line"),
        ("description: Use it.\n", "", "description: one line"),
        ("Read, Bash", "Read, MultiEdit", "no tool MultiEdit"),
        ("blue", "Green", "no color Green"),
        ("color: blue", "model: gpt", "no model gpt"),
        ("color: blue", "tags: [api]", "tags is no key of an agent"),
    ],
)
def test_bad_front_matter_is_reported(facts: Facts, old: str, new: str, fault: str) -> None:
    reported = _reported(facts, GOOD_AGENT.replace(old, new), AGENT)
    assert any(fault in each for each in reported)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("README.md", "framework: \u2139  Detecting project stack..."),
        ("README.md", "\x1b[32mdone\x1b[0m"),
        ("README.md", "\u2839 rendering"),
        ("app/main.py", "# TODO: write it"),
        ("README.md", "[Add framework-specific URL]"),
        ("README.md", "## Database patterns (other)"),
        ("README.md", "| database | None |"),
        ("compose.yaml", "image: None"),
        (".env.example", "PORT=undefined"),
        ("app/main.py", "NAME = '{{ project_name }}'"),
        ("Dockerfile", "FROM {% if x %}"),
        (".github/workflows/ci.yml", "run: {{ command }}"),
        ("README.md", "Radical Candor\u00e2\u20ac\u201d"),
        ("README.md", "WARNING: nothing found"),
    ],
)
def test_leaks_are_reported(path: str, text: str) -> None:
    assert [fault.rule for fault in leak_faults(path, text)] != []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app/main.py", 'value = None; pattern = rf"(.{{1,64}})@{name}"; x = {"a": {"b": 1}}'),
        (".github/workflows/ci.yml", "key: ${{ runner.os }}"),
        ("README.md", "None of the settings is secret; caf\u00e9 \u2013 \u201cquoted\u201d"),
        ("openapi.json", '{"a": {"b": {}}}'),
    ],
)
def test_what_a_file_may_hold_is_no_leak(path: str, text: str) -> None:
    assert list(leak_faults(path, text)) == []


def test_faults_tell_file_and_line(facts: Facts) -> None:
    (facts.folder / "README.md").write_text("# Orders\n\nRun `uv run poe lint`.\n")
    assert [str(fault)[:30] for fault in project_faults(facts)] == [
        "README.md:3: command: uv run p"
    ]


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the seed documents are not there")
@pytest.mark.parametrize(
    ("seed", "faults"),
    [
        (
            "000",
            [
                "scripts/api_scaffolder.py",
                "scripts/database_migration_tool.py",
                "scripts/api_load_tester.py",
                "references/api_design_patterns.md",
                "references/database_optimization_guide.md",
                "references/backend_security_practices.md",
                "no skill nextjs-rules",
                "no skill database-prisma",
                "no skill error-handling",
                "no skill security-rules",
                "no skill sdk-initialization",
                "no skill ai-prompting",
                "Next.js is not part",
            ],
        ),
        (
            "001",
            [".claude/skills/webdev/", "REDIS_URL", "no GET /api/posts", "not cut from a file"],
        ),
        (
            "002",
            [
                "information sign",
                "log text: 'Detecting'",
                "placeholder: '(other)'",
                "placeholder: '[Add",
                "Django is not part",
                "Flask is not part",
                "Supabase is not part",
                "activation is no key",
                "not cut from a file",
            ],
        ),
        (
            "003",
            ["no tool MultiEdit", "docs/clean-code/", "docs/testing/tdd-approach.md", "generic"],
        ),
        (
            "004",
            [
                "no tool MultiEdit",
                "no color Green",
                "mojibake",
                "skills/debug-like-expert/SKILL.md",
                "skills/deployment-expert/SKILL.md",
                "not cut from a file",
            ],
        ),
    ],
)
def test_seed_documents_have_the_faults_they_are_known_for(
    facts: Facts, seed: str, faults: list[str]
) -> None:
    reported = _seed_faults(facts, seed)
    missing = [fault for fault in faults if not any(fault in each for each in reported)]
    assert not missing


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the seed documents are not there")
def test_seed_001_promises_skills_and_delegates_that_do_not_exist(facts: Facts) -> None:
    reported = _seed_faults(facts, "001")
    assert len([each for each in reported if "there is no skill" in each]) == 25
    assert len([each for each in reported if "there is no agent" in each]) == 4


def _seed_faults(facts: Facts, seed: str) -> list[str]:
    (path,) = SEEDS.glob(f"{seed}_*.txt")
    text = path.read_text(encoding="utf-8")
    return [*map(str, document_faults(facts, AGENT, text)), *map(str, leak_faults(AGENT, text))]


AGENTS_OF_TOOLS = {
    ".github/agents/backend-engineer.agent.md": "---\ndescription: One.\n---\nx\n",
    ".cursor/agents/backend-engineer.md": "---\nname: backend-engineer\ndescription: One.\n---\nx\n",
    ".opencode/agents/backend-engineer.md": "---\ndescription: One.\nmode: subagent\n---\nx\n",
    ".codex/agents/backend-engineer.toml": (
        'name = "backend-engineer"\ndescription = "One."\ndeveloper_instructions = "x"\n'
    ),
}


@pytest.mark.parametrize("path", AGENTS_OF_TOOLS)
def test_agent_of_each_tool_is_accepted(path: str, facts: Facts) -> None:
    assert _reported(facts, AGENTS_OF_TOOLS[path], path) == []


@pytest.mark.parametrize(
    ("path", "old", "new", "message"),
    [
        (".github/agents/backend-engineer.agent.md", "description", "summary", "description is missing"),
        (".github/agents/backend-engineer.agent.md", "One.", "One.\ntarget: vim", "no target vim"),
        (".cursor/agents/backend-engineer.md", "One.", "One.\nmodel: best", "no model best"),
        (".cursor/agents/backend-engineer.md", "One.", "One.\ncolor: blue", "color is no key"),
        (".opencode/agents/backend-engineer.md", "subagent", "helper", "no mode helper"),
        (".opencode/agents/backend-engineer.md", "One.", "'<b>'", "no < or >"),
        (".codex/agents/backend-engineer.toml", "developer_instructions", "prompt", "is missing"),
        (".codex/agents/backend-engineer.toml", '"x"', '"x', "cannot be read"),
        (".codex/agents/backend-engineer.toml", '"backend', '"front', "name differs"),
    ],
)  # fmt: skip
def test_wrong_head_of_each_tool_is_reported(
    path: str, old: str, new: str, message: str, facts: Facts
) -> None:
    text = AGENTS_OF_TOOLS[path].replace(old, new, 1)
    assert any(message in fault for fault in _reported(facts, text, path))
