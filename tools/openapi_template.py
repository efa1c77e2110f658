"""Regenerates the template of `openapi.json`: `python tools/openapi_template.py PROJECT`.

PROJECT is a rendered project with local accounts, installed, of any database. The document of one
framework differs between projects in nothing but its title and description.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

TEMPLATE = Path(__file__).parent.parent / "template"
TARGET = "{{ local_accounts }}/openapi.json.jinja"
_JINJA = re.compile(r"\{[{%#]|[}%#]\}")


def main() -> None:
    """Write the template; exit with a sentence when the document cannot be one."""
    parser = argparse.ArgumentParser(prog="openapi_template", description=__doc__)
    parser.add_argument("project", type=Path, help="folder of a rendered project")
    project = parser.parse_args().project
    if (project / "package.json").exists():
        layer, command = "{{ express }}", ["npm", "run", "openapi"]
    else:
        layer, command = "{{ fastapi }}", ["uv", "run", "poe", "openapi"]
    subprocess.run(command, cwd=project, check=True)
    text = template_of((project / "openapi.json").read_text("utf-8"))
    (TEMPLATE / layer / TARGET).write_text(text, "utf-8")


def template_of(text: str) -> str:
    """Return the document with the answers in place of its title and description.

    An answer has no character that JSON would escape, so that it can stand there as it is.
    """
    if found := _JINJA.search(text):
        sys.exit(f"openapi.json has {found.group()}, which Copier would take for Jinja.")
    document = json.loads(text)
    if _written(document) != text:
        sys.exit("openapi.json is not written as the project's command writes it.")
    document["info"]["title"] = "{{ project_name }}"
    document["info"]["description"] = "{{ project_description }}"
    return _written(document)


def _written(document: object) -> str:
    """Return what the project's command writes."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    main()
