"""The same life of an Express service, and what the template does meanwhile."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from . import life

if TYPE_CHECKING:
    from .repository import Repository

NOTES_TEST = """\
import assert from "node:assert/strict";
import { it } from "node:test";
import { signUp } from "./accounts.ts";
import { withService } from "./service.ts";

const NOTES = "/api/v1/notes";

it("a note can be read", () =>
  withService({}, async (service) => {
    const { headers } = await signUp(service);
    const created = await service.request.post(NOTES).set(headers).send({ title: "Tea" });
    const read = await service.request.get(String(created.headers.location)).set(headers);
    assert.deepEqual(read.body, created.body);
    const list = await service.request.get(NOTES).set(headers);
    assert.deepEqual(list.body.items, [created.body]);
  }));
"""

_FOR_ALL = ("README.md", "AGENTS.md", ".claude/agents/backend-engineer.md")
MINE = {
    "src/app.ts": ['  app.set("region", settings.REGION);'],
    "src/settings.ts": ['    REGION: z.string().default("eu"),'],
    # Both are in the lock already, behind other packages.
    "package.json": ['    "ms": "2.1.3",'],
    **{path: life.MINE[path] for path in _FOR_ALL},
}
THEIRS = {
    "src/app.ts": ["  // Answered without a token."],
    "src/settings.ts": ["    // Not 0.0.0.0."],
    "package.json": ['    "vary": "1.1.2",'],
    **{path: life.THEIRS[path] for path in _FOR_ALL},
}


def live_in(service: Repository) -> None:
    """Change the service as its users do: all but what a command of the service writes."""

    def add(path: str, before: str) -> None:
        lines = "".join(f"{line}\n" for line in MINE[path])
        service.replace(path, before, f"{lines}{before}")

    add("src/app.ts", "\n  app.use(\n")
    add("src/settings.ts", "    LOG_LEVEL: ")
    add("package.json", '    "pino": ')
    life.live_in_texts(service)
    add_notes(service)


def add_notes(service: Repository) -> None:
    """Follow "Add a resource" of the README, up to the migration."""
    shutil.copytree(service.path("src/items"), service.path("src/notes"))
    for path in service.path("src/notes").glob("*.ts"):
        text = path.read_text(encoding="utf-8").replace("Item", "Note").replace("item", "note")
        # Every page has the field.
        text = text.replace("notes: ", "items: ").replace("page.notes", "page.items")
        path.write_text(text, encoding="utf-8")

    def add(path: str, name: str) -> None:
        """Repeat each line about items for notes."""
        line = next(line for line in service.text(path).splitlines() if name in line)
        added = line.replace("items", "notes").replace("Item", "Note").replace("item", "note")
        service.replace(path, f"{line}\n", f"{line}\n{added}\n")

    add("src/api.ts", "/items/routes.ts")
    add("src/api.ts", "itemRoutes({")
    service.replace("src/api.ts", ", itemPaths)", ", itemPaths, notePaths)")
    add("src/tables.ts", "/items/models.ts")
    add("src/tables.ts", "items: Item")
    service.path("tests/notes.test.ts").write_text(NOTES_TEST, encoding="utf-8")


def fill_in_migration(service: Repository) -> None:
    """Make the table of notes in the file that `migration "add notes"` has written."""
    (file,) = service.path("src/migrations").glob("*_add_notes.ts")
    items = service.text("src/migrations/0001_items.ts")
    file.write_text(items.replace("items", "notes"), encoding="utf-8")


def go_on(template: Repository) -> None:
    """Change the template beside, between and away from those changes."""
    express, node = "template/{{ express }}", "template/{{ node }}"

    def add(path: str, source: str, before: str) -> None:
        lines = "".join(f"{line}\n" for line in THEIRS[path])
        template.replace(source, before, f"{lines}{before}")

    add("src/app.ts", f"{express}/src/app.ts", "  app.use(healthRoutes(")
    add("src/settings.ts", f"{express}/src/settings.ts.jinja", "    HOST: ")
    add("package.json", f"{node}/package.json.jinja", '    "typescript": ')
    life.go_on_with_texts(template, express)
