"""A service that somebody has worked on, and a template that went on meanwhile."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .repository import Repository

SPECIFICS = "Prices are in cents. Only the warehouse may change stock.\n"
NOTES_TEST = """\
from httpx import AsyncClient

NOTES = "/api/v1/notes"


async def test_note_can_be_read(client: AsyncClient, headers: dict[str, str]) -> None:
    created = await client.post(NOTES, json={"title": "Tea"}, headers=headers)
    read = await client.get(created.headers["Location"], headers=headers)
    assert read.json() == created.json()
    assert (await client.get(NOTES, headers=headers)).json()["items"] == [created.json()]
"""

# The lines that each side adds to the files that both change or the template alone.
MINE = {
    "app/main.py": ["    app.state.region = settings.region"],
    "app/settings.py": ['    region: str = "eu"'],
    "pyproject.toml": ['  "idna>=3,<4",'],
    "README.md": ["## Shipping", "", "Every parcel has a number.", ""],
    "AGENTS.md": ["", SPECIFICS.rstrip()],
    ".claude/agents/backend-engineer.md": [],
}
THEIRS = {
    "app/main.py": ["    # Answered without a token."],
    "app/settings.py": ["    # Not 0.0.0.0."],
    "pyproject.toml": ['  "packaging>=24",'],
    "README.md": ["Enjoy.", ""],
    "AGENTS.md": ["Both are run by CI, too."],
    ".claude/agents/backend-engineer.md": ["- Ask when in doubt.", ""],
}


def live_in(service: Repository) -> None:
    """Change the service as its users do: all but what a command of the service writes."""

    def add(path: str, before: str) -> None:
        lines = "".join(f"{line}\n" for line in MINE[path])
        service.replace(path, before, f"{lines}{before}")

    add("app/main.py", "\n    app.include_router(health.router)\n")
    add("app/settings.py", "    log_level: ")
    add("pyproject.toml", '  "limits>')
    live_in_texts(service)
    add_notes(service)


def live_in_texts(service: Repository) -> None:
    """Change what every service has, in whatever language."""
    lines = "".join(f"{line}\n" for line in MINE["README.md"])
    service.replace("README.md", "## Deployment\n", f"{lines}## Deployment\n")
    with service.path("AGENTS.md").open("a", encoding="utf-8") as file:
        file.write(f"\n{SPECIFICS}")
    service.replace(".env.example", "# debug, info,", "# where it runs\nREGION=eu\n# debug, info,")
    service.path("renovate.json").unlink()


def add_notes(service: Repository) -> None:
    """Follow "Add a resource" of the README, up to the migration."""
    shutil.copytree(service.path("app/items"), service.path("app/notes"))
    for path in service.path("app/notes").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        text = text.replace("Item", "Note").replace("item", "note")
        path.write_text(text.replace("    notes: list[", "    items: list["), encoding="utf-8")
    imported = "from app.items import routes as items\n"
    service.replace("app/api.py", imported, f"{imported}from app.notes import routes as notes\n")
    service.replace("app/api.py", "(items, users, auth)", "(items, notes, users, auth)")
    service.path("tests/test_notes.py").write_text(NOTES_TEST, encoding="utf-8")


def go_on(template: Repository) -> None:
    """Change the template beside, between and away from those changes."""
    fastapi, python = "template/{{ fastapi }}", "template/{{ python }}"

    def add(path: str, source: str, before: str) -> None:
        lines = "".join(f"{line}\n" for line in THEIRS[path])
        template.replace(source, before, f"{lines}{before}")

    add("app/main.py", f"{fastapi}/app/main.py", "    app.include_router(health.router)\n")
    add("app/settings.py", f"{fastapi}/app/settings.py.jinja", '    host: str = "127.0.0.1"\n')
    add("pyproject.toml", f"{python}/pyproject.toml.jinja", '  "poethepoet>')
    go_on_with_texts(template, fastapi)


def go_on_with_texts(template: Repository, framework: str) -> None:
    """Change what every service has; the framework's layer is a folder of the template."""
    every, agent_kit = "template/{{ service }}", "template/{{ agent_kit }}"
    agent = ".claude/agents/backend-engineer.md"
    for path, source, before in (
        ("README.md", f"{every}/README.md.jinja", "## Tasks\n"),
        ("AGENTS.md", f"{agent_kit}/AGENTS.md.jinja", "\n## Project specifics\n"),
        (agent, f"{agent_kit}/{agent}.jinja", "## Report\n"),
    ):
        lines = "".join(f"{line}\n" for line in THEIRS[path])
        template.replace(source, before, f"{lines}{before}")
    template.replace(f"{every}/renovate.json.jinja", '"7 days"', '"9 days"')
    document = framework + "/{{ local_accounts }}/openapi.json.jinja"
    template.replace(document, "{{ project_description }}", "{{ project_description }} Changed.")
    template.write({f"{every}/docs/operations.md": "# Operations\n\nNothing runs by itself.\n"})
