"""Regenerates the template of `openapi.json`: `python tools/openapi_template.py PROJECT`.

PROJECT is a rendered project, installed, of any database, with local accounts or any identity
provider. The document of one framework and one of the two differs between projects in nothing but
its title and description.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

import yaml

TEMPLATE = Path(__file__).parent.parent / "template"
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
    answers = yaml.safe_load((project / ".copier-answers.yml").read_text("utf-8"))
    local = answers.get("auth", "local") == "local"
    accounts = "{{ local_accounts }}" if local else "{{ identity_provider }}"
    text = template_of((project / "openapi.json").read_text("utf-8"))
    (TEMPLATE / layer / accounts / "openapi.json.jinja").write_text(text, "utf-8")


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
