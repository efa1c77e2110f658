"""A service that somebody has worked on, and a template that went on meanwhile."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copier_backend.layers import Layers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.support.projects import Project

    from .repository import Repository

SPECIFICS = "Prices are in cents. Only the warehouse may change stock.\n"
CONFLICT = (
    "<<<<<<< before updating\n{mine}\n=======\n{theirs}\n>>>>>>> after updating\n"  # of one line
)


@dataclass(frozen=True)
class Addition:
    """Lines that one side adds, and what stands behind them."""

    lines: tuple[str, ...]
    before: str

    def add_to(self, repository: Repository, path: str) -> None:
        added = "".join(f"{line}\n" for line in self.lines)
        repository.replace(path, self.before, added + self.before)


@dataclass(frozen=True)
class Life:
    """What happens to a service, by path in it."""

    mine: Mapping[str, Addition]
    theirs: Mapping[str, Addition]
    # The first line of this file is changed by both.
    disputed: str
    add_notes: Callable[[Repository], None]
    migrate_notes: Callable[[Project], None]

    @property
    def merged(self) -> set[str]:
        return {*self.theirs}

    def go_on(self, service: Repository) -> None:
        """Change the service as its users do."""
        for path, addition in self.mine.items():
            addition.add_to(service, path)
        with service.path("AGENTS.md").open("a", encoding="utf-8") as file:
            file.write(f"\n{SPECIFICS}")
        change_first_line(service.path(self.disputed), "Where all parts meet.")
        service.path("renovate.json").unlink()
        self.add_notes(service)

    def go_on_elsewhere(self, template: Repository, answers: Mapping[str, str]) -> None:
        """Change the template beside, between, on top of and away from those changes."""
        sources = {
            path: source.relative_to(template.folder).as_posix()
            for path, source in Layers(template.folder).output_paths(answers).items()
        }
        # It includes what it has in common with the agents of other tools.
        sources[_AGENT] = "subagent/instructions.md"
        for path, addition in self.theirs.items():
            addition.add_to(template, sources[path])
        change_first_line(template.path(sources[self.disputed]), "Where it is put together.")
        template.replace(sources["renovate.json"], '"7 days"', '"9 days"')
        description = "{{ project_description }}"
        template.replace(sources["openapi.json"], description, f"{description} Changed.")
        text = "# Operations\n\nNothing runs by itself.\n"
        template.write({"template/{{ service }}/docs/operations.md": text})


def change_first_line(path: Path, said: str) -> None:
    """Put other words into the comment that a file begins with."""
    first, rest = path.read_text(encoding="utf-8").split("\n", 1)
    changed = first.replace("Where the application is put together.", said)
    assert changed != first
    path.write_text(f"{changed}\n{rest}", encoding="utf-8")


def copied_items(service: Repository, source: str) -> None:
    """Make the feature "notes" as the README says: its page still has the field "items"."""
    shutil.copytree(service.path(f"{source}/items"), service.path(f"{source}/notes"))
    for path in service.path(f"{source}/notes").iterdir():
        text = path.read_text(encoding="utf-8").replace("Item", "Note").replace("item", "note")
        for field in ("    notes: list[", "{ notes: z.array(", "notes: page.notes"):
            text = text.replace(field, field.replace("notes", "items"))
        path.write_text(text, encoding="utf-8")


_AGENT = ".claude/agents/backend-engineer.md"
# What both frameworks have.
_MINE = {
    "README.md": Addition(("## Shipping", "", "Every parcel has a number.", ""), "## Deployment\n"),
    ".env.example": Addition(("# where it runs", "REGION=eu"), "# debug, info,"),
}
_THEIRS = {
    "README.md": Addition(("Enjoy.", ""), "## Tasks\n"),
    "AGENTS.md": Addition(("Both are run by CI, too.",), "\n## Project specifics\n"),
    _AGENT: Addition(("- Ask when in doubt.", ""), "## Report\n"),
}


FASTAPI_NOTES_TEST = """\
from httpx2 import AsyncClient

NOTES = "/api/v1/notes"


async def test_note_can_be_read(client: AsyncClient, headers: dict[str, str]) -> None:
    created = await client.post(NOTES, json={"title": "Tea"}, headers=headers)
    read = await client.get(created.headers["Location"], headers=headers)
    assert read.json() == created.json()
    assert (await client.get(NOTES, headers=headers)).json()["items"] == [created.json()]
"""


def add_notes_to_fastapi(service: Repository) -> None:
    copied_items(service, "app")
    imported = "from app.items import routes as items\n"
    service.replace("app/api.py", imported, f"{imported}from app.notes import routes as notes\n")
    service.replace("app/api.py", "in (items, ", "in (items, notes, ")
    service.path("tests/test_notes.py").write_text(FASTAPI_NOTES_TEST, encoding="utf-8")


def migrate_notes_of_fastapi(project: Project) -> None:
    written = project.task("migration", "add notes")
    assert written.returncode == 0, written.stderr


FASTAPI = Life(
    mine={
        **_MINE,
        "app/main.py": Addition(
            ("    app.state.region = settings.region",), "\n    app.include_router(health.router)\n"
        ),
        "app/settings.py": Addition(('    region: str = "eu"',), "    log_level: "),
        "pyproject.toml": Addition(('  "idna>=3,<4",',), '  "limits>'),
    },
    theirs={
        **_THEIRS,
        "app/main.py": Addition(
            ("    # Answered without a token.",), "    app.include_router(health.router)\n"
        ),
        "app/settings.py": Addition(("    # Not 0.0.0.0.",), '    host: str = "127.0.0.1"\n'),
        "pyproject.toml": Addition(('  "packaging>=24",',), '  "poethepoet>'),
    },
    disputed="app/main.py",
    add_notes=add_notes_to_fastapi,
    migrate_notes=migrate_notes_of_fastapi,
)


EXPRESS_NOTES_TEST = """\
import assert from "node:assert/strict";
import { it } from "node:test";
import { newCaller } from "./identity.ts";
import { withService } from "./service.ts";

const NOTES = "/api/v1/notes";

it("shows a note to its owner", () =>
  withService({}, async (service) => {
    const { headers } = await newCaller();
    const created = await service.request.post(NOTES).set(headers).send({ title: "Tea" });
    const read = await service.request.get(String(created.headers.location)).set(headers);
    assert.deepEqual(read.body, created.body);
    const page = await service.request.get(NOTES).set(headers);
    assert.deepEqual(page.body.items, [created.body]);
  }));
"""


def add_notes_to_express(service: Repository) -> None:
    copied_items(service, "src")
    for path, old, new in (
        ("src/tables.ts", 'import type { Item } from "./items/models.ts";\n', ""),
        ("src/tables.ts", "  items: Item;\n", ""),
        ("src/api.ts", 'import { itemPaths, itemRoutes } from "./items/routes.ts";\n', ""),
        ("src/api.ts", "    itemRoutes({ database, signedIn }),\n", ""),
        ("src/api.ts", "itemPaths);", "itemPaths, notePaths);"),
    ):
        service.replace(path, old, new or old + old.replace("item", "note").replace("Item", "Note"))
    service.path("tests/notes.test.ts").write_text(EXPRESS_NOTES_TEST, encoding="utf-8")


def migrate_notes_of_express(project: Project) -> None:
    written = project.task("migration", "add notes")
    assert written.returncode == 0, written.stderr
    migrations = project.directory / "src" / "migrations"
    text = (migrations / "0001_items.ts").read_text(encoding="utf-8").replace("items", "notes")
    (project.directory / written.stdout.split()[-1]).write_text(text, encoding="utf-8")


EXPRESS = Life(
    mine={
        **_MINE,
        "src/app.ts": Addition(
            ('  app.set("region", settings.REGION);',), "  app.use(healthRoutes("
        ),
        "src/settings.ts": Addition(('    REGION: z.string().default("eu"),',), "    LOG_LEVEL: "),
        "package.json": Addition(('    "etag": "1.8.1",',), '    "express": '),
    },
    theirs={
        **_THEIRS,
        "src/app.ts": Addition(("  // Nothing else has answered.",), "  app.use(notFound);\n"),
        "src/settings.ts": Addition(("    // Not 0.0.0.0.",), "    HOST: "),
        "package.json": Addition(('    "once": "1.4.0",',), '    "supertest": '),
    },
    disputed="src/app.ts",
    add_notes=add_notes_to_express,
    migrate_notes=migrate_notes_of_express,
)

LIVES = {"fastapi": FASTAPI, "express": EXPRESS}
