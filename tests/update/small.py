"""A throw-away template with the mechanisms of the real one: layers, `.jinja`, generated files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .repository import Repository, new_repository

if TYPE_CHECKING:
    from pathlib import Path

GENERATED = "generated.json"

SETTINGS = f"""\
_subdirectory: template
_templates_suffix: .jinja
_answers_file: .copier-answers.yml
_skip_if_exists: [{GENERATED}]
title:
  type: str
  default: Orders
store:
  type: str
  default: one
  choices: [one, two]
one:
  type: str
  default: "{{{{ '.' if store == 'one' else '' }}}}"
  when: false
two:
  type: str
  default: "{{{{ '.' if store == 'two' else '' }}}}"
  when: false
"""

# Below template/; the layer of a file is the folder that it starts with.
FILES = (
    "README.md.jinja",
    "app/main.py",
    "app/items/routes.py",
    "docs/how to übersicht.md",
    "{{ one }}/app/store.py",
    "{{ one }}/app/pool.py",
    "{{ one }}/app/extra/deep.py",
    "{{ two }}/app/store.py",
    "{{ two }}/app/file.py",
)


def small_template(folder: Path) -> Repository:
    """Return the template, committed."""
    files = {name: _paragraph(name, 16) for name in FILES}
    files["README.md.jinja"] = "# {{ title }}\n" + files["README.md.jinja"]
    files[GENERATED] = "{}\n"
    files["{{ _copier_conf.answers_file }}.jinja"] = "{{ _copier_answers | to_nice_yaml -}}\n"
    template = new_repository(folder)
    template.write({"copier.yml": SETTINGS, **{f"template/{n}": t for n, t in files.items()}})
    return template


def small_sources(template: Path) -> dict[str, Path]:
    """Return the file of the template for each path that a project with the first store has."""
    sources = {}
    for path in (template / "template").rglob("*"):
        name = path.relative_to(template / "template").as_posix()
        if path.is_file() and not name.startswith(("{{ two }}", "{{ _copier_conf")):
            sources[name.removeprefix("{{ one }}/").removesuffix(".jinja")] = path
    return sources


def _paragraph(name: str, lines: int) -> str:
    words = name.replace("{{ ", "").replace(" }}", "")
    return "".join(f"{words} {number}\n" for number in range(lines))
